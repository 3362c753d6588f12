import type { Context, Hono } from 'hono'
import { type Lesson, lessons } from '../catalogue.ts'
import { MAX_SEED } from '../lab/chance.ts'
import { YOU } from '../lab/lab.ts'
import { readEntries } from '../progress/entries.ts'
import { takeHint } from '../progress/next-hint.ts'
import { ofLesson } from '../progress/progress.ts'
import { allowSolution, maySeeSolution, readProgress } from '../progress/state.ts'
import { pcapng } from '../reporters/pcapng.ts'
import type { CheckVerdict } from '../verdict.ts'
import { contentsPage } from './pages/contents.ts'
import { checkDetails, details } from './pages/details.ts'
import { hintBox } from './pages/hints.ts'
import { instructionsPage } from './pages/instructions.ts'
import { lessonPage } from './pages/lesson.ts'
import { solutionDiff } from './pages/solution.ts'
import { readLessonBook } from './lesson-book.ts'
import type { Session } from './session.ts'

/** The lesson that an address names, if there is one. */
export function lessonOf(c: Context): Lesson | undefined {
  return lessons.find(({ id }) => id === c.req.param('lesson'))
}

/** What can be read. Nothing here changes anything. */
export function pageRoutes(app: Hono, session: Session): void {
  app.get('/', async (c) => c.html(contentsPage(await readEntries())))
  app.get('/instructions', (c) => c.html(instructionsPage()))

  app.get('/lessons/:lesson', async (c) => {
    const lesson = lessonOf(c)
    if (lesson === undefined) return c.notFound()
    const { hints: hintsShown } = ofLesson(await readProgress(), lesson.id)
    const view = { lesson, verdict: await session.latest(lesson), hintsShown, maySeeSolution: await maySeeSolution(lesson) }
    return c.html(await lessonPage(view))
  })

  app.get('/lessons/:lesson/details', async (c) => {
    const lesson = lessonOf(c)
    return lesson === undefined ? c.notFound() : c.html(details(lesson, await session.latest(lesson)))
  })

  app.get('/lessons/:lesson/checks/:check', async (c) => {
    const [lesson, check] = [lessonOf(c), await checkOf(c)]
    return lesson === undefined || check === undefined ? c.notFound() : c.html(checkDetails(lesson, check))
  })

  app.get('/lessons/:lesson/checks/:check/trace.json', async (c) => {
    const check = await checkOf(c)
    if (check === undefined) return c.notFound()
    c.header('content-disposition', `attachment; filename="trace-${check.id}.json"`)
    return c.json(check.trace ?? [])
  })

  app.get('/lessons/:lesson/checks/:check/capture.pcapng', async (c) => {
    const check = await checkOf(c)
    if (check === undefined) return c.notFound()
    c.header('content-disposition', `attachment; filename="check-${check.id}.pcapng"`)
    const capture = new Uint8Array(pcapng(check.trace ?? [], YOU))
    return c.body(capture, 200, { 'content-type': 'application/octet-stream' })
  })

  async function checkOf(c: Context): Promise<CheckVerdict | undefined> {
    const lesson = lessonOf(c)
    const verdict = lesson === undefined ? undefined : await session.latest(lesson)
    return verdict?.checks.find(({ id }) => id === c.req.param('check'))
  }
}

/** What changes something. The guard has seen to it that a page of ours asks. */
export function actionRoutes(app: Hono, session: Session): void {
  app.post('/api/lessons/:lesson/enter', async (c) => {
    const lesson = lessonOf(c)
    if (lesson === undefined) return c.notFound()
    await session.enter(lesson)
    return c.body(null, 204)
  })

  app.post('/api/lessons/:lesson/check', async (c) => {
    const lesson = lessonOf(c)
    if (lesson === undefined) return c.notFound()
    const { seed } = await bodyOf(c)
    if (seed !== undefined && !isSeed(seed)) return c.text(`A seed is a whole number from 0 to ${MAX_SEED}.\n`, 400)
    await session.check(lesson, seed)
    return c.body(null, 204)
  })

  app.post('/api/lessons/:lesson/tasks/:task/hint', async (c) => {
    const lesson = lessonOf(c)
    const task = Number(c.req.param('task'))
    const hint = lesson === undefined ? undefined : await takeHint(lesson, task, false)
    if (lesson === undefined || hint === undefined) return c.notFound()
    const { hints } = await readLessonBook(lesson)
    const ofTask = hints.filter((each) => each.task === task)
    return c.html(hintBox(task, ofTask, hint.hint.number))
  })

  app.post('/api/lessons/:lesson/solution', async (c) => {
    const lesson = lessonOf(c)
    if (lesson === undefined) return c.notFound()
    if (!(await maySeeSolution(lesson))) await allowSolution(lesson)
    return c.html(solutionDiff(lesson))
  })
}

async function bodyOf(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}

function isSeed(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SEED
}
