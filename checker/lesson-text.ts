import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import MarkdownIt from 'markdown-it'
import type { Lesson } from './catalogue.ts'
import { PROJECT } from './project.ts'

/** One hint of a task; each says more than the one before. */
export interface Hint {
  readonly task: number
  /** Counted from 1 within the task. */
  readonly number: number
  readonly text: string
}

/** What the tools read out of a lesson's Markdown. */
export interface LessonText {
  /** The numbers of the `### Task n` headings, in order. */
  readonly tasks: readonly number[]
  /** What stands behind the number in each of these headings. */
  readonly titles: ReadonlyMap<number, string>
  readonly hints: readonly Hint[]
  readonly codeBlocks: readonly CodeBlock[]
}

export interface CodeBlock {
  readonly language: string
  readonly code: string
  /** The line of the opening fence, counted from 1. */
  readonly line: number
}

const HINT = /<details>\s*<summary>Task (\d+), hint (\d+)<\/summary>([\s\S]*?)<\/details>/g

export function textFile(lesson: Lesson): string {
  return join(PROJECT, 'lessons', `${lesson.slug}.md`)
}

export async function readLessonText(lesson: Lesson): Promise<LessonText> {
  const source = await readFile(textFile(lesson), 'utf8')
  const tokens = new MarkdownIt({ html: true }).parse(source, {})
  const headings = tokens.flatMap((token, index) => (token.type === 'heading_open' ? [tokens[index + 1]?.content ?? ''] : []))
  const tasks = headings.flatMap((heading) => {
    const [, number, title = ''] = /^Task (\d+)\b:? *(.*)/.exec(heading) ?? []
    return number === undefined ? [] : [{ number: Number(number), title: title.replaceAll(/[*`]/g, '') }]
  })
  return {
    tasks: tasks.map(({ number }) => number),
    titles: new Map(tasks.map(({ number, title }) => [number, title])),
    hints: [...source.matchAll(HINT)].map(([, task, number, text]) => ({
      task: Number(task),
      number: Number(number),
      text: (text ?? '').trim(),
    })),
    codeBlocks: tokens
      .filter((token) => token.type === 'fence')
      .map((token) => ({ language: token.info.trim(), code: token.content, line: (token.map?.[0] ?? 0) + 1 })),
  }
}
