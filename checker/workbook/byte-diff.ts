import { type Html, html } from './html.ts'

/** Bytes as a verdict shows them: `8 bytes; from 0: <68 69 …> "hi…"`, or `<68 69> (2 bytes)`. */
const SHOWN = /^(?:(\d+) bytes; from (\d+): )?<([0-9a-f]{2}(?: [0-9a-f]{2})*)( …)?>/

interface Shown {
  readonly from: number
  readonly bytes: readonly string[]
}

/** What was expected and what came, byte under byte in hexadecimal and text; undefined when these are no bytes. */
export function byteDiff(expected: string, actual: string): Html | undefined {
  const [ours, theirs] = [read(expected), read(actual)]
  if (ours === undefined || theirs === undefined || ours.from !== theirs.from) return undefined
  const length = Math.max(ours.bytes.length, theirs.bytes.length)
  const places = Array.from({ length }, (_, index) => index)
  const row = (name: string, own: Shown, other: Shown) => {
    const cell = (sign: (byte: string | undefined) => string, index: number) =>
      own.bytes[index] === other.bytes[index]
        ? html`<td>${sign(own.bytes[index])}</td>`
        : html`<td><mark>${sign(own.bytes[index])}</mark></td>`
    return html`<tr>
        <th scope="row">${name}</th>
        ${places.map((index) => cell((byte) => byte ?? '—', index))}
      </tr>
      <tr class="as-text">
        <th scope="row">as text</th>
        ${places.map((index) => cell(asText, index))}
      </tr>`
  }
  return html`<div class="scroll" tabindex="0" role="group" aria-label="bytes side by side">
    <table class="bytes">
      <tr>
        <td></td>
        ${places.map((index) => html`<th scope="col">${ours.from + index}</th>`)}
      </tr>
      ${row('expected', ours, theirs)}${row('actual', theirs, ours)}
    </table>
  </div>`
}

function read(shown: string): Shown | undefined {
  const [, , from = '0', bytes] = SHOWN.exec(shown) ?? []
  return bytes === undefined ? undefined : { from: Number(from), bytes: bytes.split(' ') }
}

function asText(byte: string | undefined): string {
  const code = Number.parseInt(byte ?? '', 16)
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : '·'
}
