import { join } from 'node:path'
import { shapes, type UdpBasics } from '../contracts/01-udp-basics.ts'
import { judge, type Judgement } from '../grading/judge.ts'
import { type Compiled, compile } from '../sandbox/compile.ts'
import { asLearner } from '../sandbox/learner.ts'
import { startProgram } from '../sandbox/program.ts'
import { openScratch } from '../sandbox/scratch.ts'
import { things } from './hostile/returns-strange-things/01-udp-basics.ts'

/** How many are asked at the same time. */
const AT_ONCE = 4

/** What the checker says to each answer of the attempt that returns strange things, each in a process of its own. */
export async function strangeAnswers(dir: string): Promise<Judgement[]> {
  const attempt = { dir, file: join(dir, '01-udp-basics.ts') }
  const scratch = await openScratch()
  try {
    const compiled = await compile({ file: attempt.file, attemptDir: dir, lesson: 1, into: join(scratch.dir, 'compiled') })
    if ('message' in compiled) throw new Error(compiled.message)
    const numbers = [...things.keys()]
    const judgements: Judgement[] = []
    while (numbers.length > 0) judgements.push(...(await Promise.all(numbers.splice(0, AT_ONCE).map(judgeAnswer))))
    return judgements

    async function judgeAnswer(port: number): Promise<Judgement> {
      const program = await startProgram(compiled as Compiled, join(scratch.dir, `program-${port}`))
      try {
        await program.host.load()
        const receiver = await asLearner<UdpBasics>(program, shapes).startReceiver({ port, onMessage: () => undefined })
        await receiver.done()
        await receiver.close()
        return { verdict: 'passed', actual: `answer ${port} was taken` }
      } catch (error) {
        return await judge(error, { programs: [program], attempt, about: 'startReceiver' })
      } finally {
        await program.stop()
      }
    }
  } finally {
    await scratch.remove()
  }
}
