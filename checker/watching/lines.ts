/**
 * Reads a body line by line, as the lines come. A body that breaks off is one that ends: its last, unfinished line is left out.
 * (readline would lose what comes before somebody reads, and throws what its input throws where nobody can catch it.)
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const piece of body) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch {
    // Broken off.
  }
}
