import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { seededChance } from '../lab/chance.ts'
import { openTcpPipe } from '../lab/tcp-pipe.ts'
import { closeServer, connectTcp, listeningAddress, listenTcp } from '../lab/tcp-socket.ts'
import { openTrace, type StreamReader } from '../lab/trace.ts'
import { ladder } from '../reporters/ladder.ts'
import { layOut } from '../reporters/ladder-layout.ts'
import { displayWidth } from '../reporters/text.ts'
import type { TraceEvent } from '../verdict.ts'

const OPTIONS = { columns: 80, first: 'you', rows: 12 }

type Traced<Kind extends TraceEvent['kind']> = Extract<TraceEvent, { kind: Kind }>

function datagram(from: string, to: string, label: string, more: Partial<Traced<'datagram'>> = {}): TraceEvent {
  return { kind: 'datagram', at: 0, from, to, hex: '', sizeBytes: 9, label, fate: 'arrived', ...more }
}

function mark(party: string, label: string, at = 0): TraceEvent {
  return { kind: 'mark', at, party, label }
}

function connection(from: 'you' | 'checker', event: 'open' | 'end' | 'reset', number = 1, note?: string): TraceEvent {
  const to = from === 'you' ? 'checker' : 'you'
  return { kind: 'connection', at: 0, from, to, connection: number, event, ...(note === undefined ? {} : { note }) }
}

function piece(from: 'you' | 'checker', sizeBytes: number, label = '', more: Partial<Traced<'segment'>> = {}): TraceEvent {
  const to = from === 'you' ? 'checker' : 'you'
  return { kind: 'segment', at: 0, from, to, connection: 1, hex: '00'.repeat(sizeBytes), sizeBytes, label, ...more }
}

function pieces(count: number, from: 'you' | 'checker', sizeBytes: number, number = 1): TraceEvent[] {
  return Array.from({ length: count }, () => piece(from, sizeBytes, '', { connection: number }))
}

/** What the rows say, without the picture. */
function labels(events: readonly TraceEvent[], rows = Infinity): string[] {
  return layOut(events, { first: 'you', rows }).rows.map((row) =>
    row.kind === 'gap'
      ? `… ${row.left}`
      : row.kind === 'arrow' && row.amount !== undefined
        ? `${row.label} (${row.amount})`
        : row.label,
  )
}

describe('the ladder diagram of datagrams', () => {
  const lost = datagram('you', 'checker', 'DATA seq=0 "hi"', { fate: 'lost', note: 'lost on purpose' })
  const ack = datagram('checker', 'you', 'ACK seq=0', { at: 201.1 })

  test('shows who sent what, what got lost, and what happened where', () => {
    expect(ladder([lost, mark('checker', 'delivered "안녕"', 100.9), ack], OPTIONS)).toEqual([
      '   t(ms)  you                                        checker',
      '     0.0  │── DATA seq=0 "hi" ──────────────✗              │  lost on purpose',
      '   100.9  │                               delivered "안녕" ●',
      '   201.1  │◀────────────────────────────────── ACK seq=0 ──│',
    ])
  })

  test('keeps the posts in line for wide characters, and folds a long trace round its end', () => {
    const many = Array.from({ length: 40 }, (_, index) => datagram('you', 'checker', `${index} ${'안'.repeat(40)}`))

    const lines = ladder([...many, ack], OPTIONS)

    expect(lines).toHaveLength(13)
    expect(lines[3]?.trim()).toBe('… 30 events between')
    expect(
      lines
        .slice(1)
        .flatMap((line) => line.match(/── \d+ |ACK/) ?? [])
        .join(''),
    ).toBe('── 0 ── 1 ── 32 ── 33 ── 34 ── 35 ── 36 ── 37 ── 38 ── 39 ACK')
    expect(new Set(lines.slice(4).map(displayWidth))).toEqual(new Set([60]))
  })

  test.each([1, 2, 3, 4])('shows the last row even where there is room for no more than %i', (rows) => {
    const many = Array.from({ length: 10 }, (_, index) => datagram('you', 'checker', `${index}`))

    expect(labels(many, rows).at(-1)).toBe('9')
    expect(labels(many, rows).length).toBeLessThanOrEqual(Math.max(2, rows))
  })

  test('makes one harmless line of whatever a label holds', () => {
    const lines = ladder([datagram('you', 'checker', 'a\nb\u001b[31m'), mark('you', 'c\r\nd')], OPTIONS)

    expect(lines).toHaveLength(3)
    expect(lines.join('')).toContain('a␊b␛[31m')
    expect(lines.join('')).toContain('c␊d')
  })
})

describe('the ladder diagram of several parties', () => {
  test('draws as many posts as there are parties', () => {
    const events = [datagram('A', 'server', 'say'), mark('A', 'waits'), datagram('server', 'B', 'message')]

    expect(ladder(events, { ...OPTIONS, columns: 60, first: 'A' })).toEqual([
      '   t(ms)  A                       server                  B',
      '     0.0  │── say ───────────────▶│                       │',
      '     0.0  ● waits                 │                       │',
      '     0.0  │                       │── message ───────────▶│',
    ])
  })

  test('writes a label that is too long for its arrow over it, whole, and passes the posts between', () => {
    const long = 'say "hello everybody, how are you?"'

    expect(
      ladder(
        [
          datagram('A', 'you', long, { at: 1.5 }),
          datagram('you', 'B', 'message', { fate: 'lost' }),
          datagram('B', 'C', long, { note: 'one bit flipped' }),
          datagram('C', 'you', 'leave'),
          mark('B', 'onMessage("A: hello everybody")'),
          mark('A', 'onMessage("B")'),
        ],
        OPTIONS,
      ),
    ).toEqual([
      '   t(ms)  you              A                B                C',
      '     1.5  │ say "hello everybody, how are you?"              │',
      '          │◀───────────────│                │                │',
      '     0.0  │── message ─────┼────✗           │                │',
      '     0.0  │              say "hello everybody, how are you?" │',
      '          │                │                │───────────────▶│  one bit flipped',
      '     0.0  │◀───────────────┼────────────────┼─────── leave ──│',
      '     0.0  │ onMessage("A: hello everybody") ●                │',
      '     0.0  │                ● onMessage("B") │                │',
    ])
  })

  test('does not let a lost datagram come to rest on a post that it passes', () => {
    const middles = Array.from({ length: 40 }, (_, length) => {
      const events = [
        datagram('you', 'A', 'a label of forty columns'.padEnd(40, '.')),
        datagram('you', 'B', 'x'.repeat(length), { fate: 'lost' }),
      ]
      const [, arrived = '', lost = ''] = ladder(events, OPTIONS)
      return lost[arrived.indexOf('▶') + 1]
    })

    expect(middles).not.toContain('✗')
    expect(middles).toContain('┼')
  })

  test('gives a narrow arrow the room that a wide one does not need', () => {
    const label = 'message from=민수 text="안녕하세요"'

    const lines = ladder([datagram('you', 'A', 'ok'), datagram('A', 'B', label)], OPTIONS)

    expect(lines).toHaveLength(3)
    expect(lines[2]).toContain(`── ${label} ──`)
  })

  test('gives no post to the network, which only notes what it does', () => {
    expect(ladder([mark('network', 'holds → DATA'), datagram('you', 'checker', 'DATA')], OPTIONS)).toEqual([
      '   t(ms)  you                                        checker',
      '     0.0  │ ○ network holds → DATA                         │',
      '     0.0  │── DATA ───────────────────────────────────────▶│',
    ])
  })

  test('says in words who did what where there are too many for posts', () => {
    const events = [
      ...Array.from({ length: 12 }, (_, index) => datagram('you', `node ${index}`, 'query', { at: index })),
      datagram('node 3', 'you', 'hit', { fate: 'lost', note: 'lost on purpose' }),
      mark('you', 'found'),
    ]

    expect(ladder(events, { ...OPTIONS, rows: 5 })).toEqual([
      '     0.0  you ──▶ node 0  query',
      '     1.0  you ──▶ node 1  query',
      '          … 10 events between',
      '     0.0  node 3 ──✗ you  hit  (lost on purpose)',
      '     0.0  you ● found',
    ])
  })
})

describe('the ladder diagram of byte streams', () => {
  test('shows connecting, ending and breaking off, and what the pieces between complete', () => {
    const events: TraceEvent[] = [
      connection('you', 'open'),
      { kind: 'secret', at: 0, line: 'CLIENT_RANDOM 00 11' },
      piece('you', 1),
      piece('you', 45, 'get "a.bin"'),
      piece('checker', 40, 'file "a.bin"'),
      ...pieces(37, 'checker', 62_500),
      piece('checker', 18_612, 'body of "a.bin"'),
      piece('checker', 1234, '', { note: 'one bit flipped' }),
      connection('checker', 'end'),
      connection('you', 'reset', 1, 'cut on purpose'),
    ]

    expect(ladder(events, OPTIONS)).toEqual([
      '   t(ms)  you                                        checker',
      '     0.0  │── connect ────────────────────────────────────▶│',
      '     0.0  │── get "a.bin" (2 pieces, 46 bytes) ───────────▶│',
      '     0.0  │◀─────────────────────────────── file "a.bin" ──│',
      '     0.0  │◀──────── body of "a.bin" (38 pieces, 2.3 MB) ──│',
      '     0.0  │◀──────────────────────────────── 1,234 bytes ──│  one bit flipped',
      '     0.0  │◀──────────────────────────────────────── FIN ──│',
      '     0.0  │══ RST ✗ ══════════════════════════════════════▶│  cut on purpose',
    ])
  })

  test('folds pieces without a label until something else happens, with the time of the first', () => {
    const [a, b, c] = [5, 6, 7].map((at) => piece('checker', 1000, '', { at })) as [TraceEvent, TraceEvent, TraceEvent]
    const secret: TraceEvent = { kind: 'secret', at: 5.5, line: 'CLIENT_RANDOM 00 11' }

    const { rows } = layOut([a, secret, b, c, mark('you', 'waits'), ...pieces(2, 'checker', 1), ...pieces(1, 'you', 1)], OPTIONS)

    expect(rows).toMatchObject([
      { at: 5, from: 1, to: 0, label: '3 pieces, 3,000 bytes' },
      { kind: 'mark', label: 'waits' },
      { from: 1, to: 0, label: '2 pieces, 2 bytes' },
      { from: 0, to: 1, label: '1 byte' },
    ])
  })

  test('shows a piece that something was done to by itself', () => {
    const flipped = piece('checker', 50, '', { note: 'one bit flipped' })

    const { rows } = layOut([...pieces(2, 'checker', 100), flipped, ...pieces(3, 'checker', 100)], OPTIONS)

    expect(rows).toMatchObject([
      { label: '2 pieces, 200 bytes' },
      { label: '50 bytes', note: 'one bit flipped' },
      { label: '3 pieces, 300 bytes' },
    ])
    expect(rows.filter((row) => 'note' in row)).toHaveLength(1)
  })

  test('takes a label for all that ran before it on its way, with the time of the last', () => {
    const events = [...pieces(3, 'checker', 100), ...pieces(1, 'you', 7), ...pieces(2, 'checker', 100)]

    const { rows } = layOut([...events, piece('checker', 50, 'body', { at: 9 }), piece('checker', 8, 'end')], OPTIONS)

    expect(rows).toMatchObject([
      { label: '3 pieces, 300 bytes' },
      { label: '7 bytes' },
      { at: 9, label: 'body', amount: '3 pieces, 250 bytes' },
      { label: 'end' },
    ])
  })

  test('numbers connections only where there are several, and folds the pieces of each that pass at the same time', () => {
    const mixed = Array.from({ length: 10 }, () => [...pieces(1, 'checker', 10, 1), ...pieces(1, 'checker', 1000, 2)]).flat()

    expect(labels([connection('you', 'open', 4), piece('you', 3, 'get', { connection: 4 })])).toEqual(['connect', 'get'])
    expect(
      labels([
        connection('you', 'open', 1),
        connection('you', 'open', 2),
        ...mixed,
        piece('checker', 1, 'body'),
        connection('you', 'reset', 2),
      ]),
    ).toEqual(['#1 connect', '#2 connect', '#2 10 pieces, 10,000 bytes', '#1 body (11 pieces, 101 bytes)', '#2 RST ✗'])
  })

  test('counts every byte in one row only, and the pieces only where the trace has told each by itself', () => {
    const told = piece('checker', 70_000, '', { hex: '00' })

    expect(labels([piece('checker', 30_000), told])).toEqual(['100,000 bytes in pieces'])
    expect(labels([piece('checker', 30_000), told, piece('checker', 20_000, 'body')])).toEqual(['body (120 kB in pieces)'])
    expect(labels([told])).toEqual(['70,000 bytes'])
  })

  test('leaves the amount out where there is no room for it', () => {
    const label = 'body of "a file with a longer name"'

    const [, line] = ladder([piece('checker', 1), piece('checker', 1, label)], OPTIONS)

    expect(line).toBe(`     0.0  │◀${'─'.repeat(8)} ${label} ──│`)
  })

  test('tells a real transfer in a few rows, however the system cut it into pieces', async () => {
    const size = 1_000_000
    const trace = openTrace(
      () => '',
      () => completing(size),
    )
    const server = await listenTcp((socket) => socket.once('data', () => socket.end(Buffer.alloc(size))))
    onTestFinished(() => closeServer(server))
    const pipe = await openTcpPipe({ to: listeningAddress(server), trace, client: 'you', server: 'checker' })
    onTestFinished(() => pipe.close())
    const client = await connectTcp(pipe.address)
    onTestFinished(() => void client.destroy())

    client.write('get')
    expect(await buffer(client)).toHaveLength(size)

    expect(trace.events.length).toBeGreaterThan(4)
    expect(labels(trace.events)).toEqual(['connect', '3 bytes', 'body (1.0 MB in pieces)', 'FIN'])
  })
})

/** A reader of streams in which a body ends after so many bytes. */
function completing(sizeBytes: number): StreamReader {
  let seen = 0
  return ({ length }) => ((seen += length) === sizeBytes ? 'body' : '')
}

test('no line of a ladder diagram is ever wider than it may be', () => {
  const { integer } = seededChance(4711)
  const texts = ['', 'x', '안녕하세요', 'e\u0301', '👩‍🚀 goes to space', 'a\tb\nc', 'a long label '.repeat(20)]
  const names = ['you', 'checker', 'B', '서버', 'a party with a long name', 'F', 'G', 'H', 'I', 'J', 'K', 'L']

  for (let round = 0; round < 150; round += 1) {
    const pick = <T>(from: readonly T[], ...purpose: (string | number)[]) =>
      from[integer(0, from.length - 1, round, ...purpose)] as T
    const parties = names.slice(0, integer(1, names.length, round))
    const columns = integer(0, 130, round, 'columns')
    const events = Array.from({ length: 20 }, (_, index): TraceEvent => {
      const [from, to] = [pick(parties, index, 'from'), pick(parties, index, 'to')]
      const [label, note] = [pick(texts, index, 'label'), pick([undefined, ...texts], index, 'note')]
      const noted = note === undefined ? {} : { note }
      return pick<TraceEvent>(
        [
          datagram(from, to, label, { fate: pick(['lost', 'arrived'], index, 'fate'), at: 10 ** (index / 2), ...noted }),
          piece('you', 100, label, { from, to, connection: pick([1, 2], index, 'connection'), ...noted }),
          { kind: 'connection', at: 1, from, to, connection: 1, event: pick(['open', 'end', 'reset'], index, 'event'), ...noted },
          mark(from, label),
        ],
        index,
      )
    })

    const lines = ladder(events, { columns, first: 'you', rows: pick([12, Infinity], 'rows') })

    expect(Math.max(...lines.map(displayWidth)), `round ${round}, ${columns} columns`).toBeLessThanOrEqual(columns)
  }
})
