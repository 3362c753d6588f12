export const BYTES_PER_LINE = 16

/** Bytes as `hexdump -C` shows them: where, in hexadecimal, and as ASCII where they are. */
export function hexDump(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / BYTES_PER_LINE) }, (_, index) => {
    const line = Buffer.from(bytes.subarray(index * BYTES_PER_LINE, (index + 1) * BYTES_PER_LINE))
    const halves = [line.subarray(0, 8), line.subarray(8)].map((half) => (half.toString('hex').match(/../g) ?? []).join(' '))
    const ascii = line.toString('latin1').replaceAll(/[^\u0020-\u007e]/g, '.')
    const offset = (index * BYTES_PER_LINE).toString(16).padStart(6, '0')
    return `${offset}  ${(halves[0] ?? '').padEnd(23)}  ${(halves[1] ?? '').padEnd(23)}  ${ascii}`
  })
}
