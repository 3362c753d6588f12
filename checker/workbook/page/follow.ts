import type { Board } from '../board-state.ts'
import { drawBoard } from './board.ts'
import { ask } from './ask.ts'

/** How long to wait before a stream that the server has refused is asked for again, in milliseconds. */
const AGAIN_MS = 2000

/** Keeps the page in step with the server, for as long as somebody looks at it. */
export function followLesson(lessonId: string): void {
  const connection = document.getElementById('connection') as HTMLElement
  let stream: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let server = ''
  /** Whether this page has told the server that somebody reads it. */
  let entered = false

  function open(): void {
    clearTimeout(timer)
    stream?.close()
    stream = new EventSource(`/api/lessons/${lessonId}/events`)
    stream.addEventListener('message', ({ data }: MessageEvent<string>) => take(JSON.parse(data) as Board))
    stream.addEventListener('error', () => {
      say('The workbook does not answer. Is npm start still running? This page goes on as soon as it is back.')
      entered = false
      // A browser asks again by itself after a break, but not after a refusal.
      if (stream?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS)
    })
  }

  function take(board: Board): void {
    say('')
    if (server !== board.server) entered = false
    server = board.server
    drawBoard(board, lessonId)
    if (!entered) enter()
  }

  /** The lesson that is looked at is the one to be checked. */
  function enter(): void {
    entered = true
    void ask(`/api/lessons/${lessonId}/enter`, {})
  }

  function say(text: string): void {
    connection.textContent = text
    connection.hidden = text === ''
  }

  // A browser keeps few connections to one server, and hidden tabs would take them all.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
      entered = false
      open()
    } else {
      clearTimeout(timer)
      stream?.close()
    }
  })
  if (document.visibilityState === 'visible') open()
}
