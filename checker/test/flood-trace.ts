import type { TraceEvent } from '../verdict.ts'

/** A message that went over a link, as a check's trace has it. */
export function crossed(label: string, from: string, to: string): TraceEvent {
  return { kind: 'segment', at: 1, from, to, connection: 1, hex: '', sizeBytes: 100, label }
}

export function query(ttl: number, from: string, to: string, qid = '3f2a'): TraceEvent {
  return crossed(`query "5.txt" ttl=${ttl} hops=0 (${qid})`, from, to)
}

function hit(from: string, to: string): TraceEvent {
  return crossed('hit "5.txt" at 9b01 (3f2a)', from, to)
}

/** Node 1 asks; two copies meet a node that has seen the query; 5 has the file. */
export const FLOOD: readonly TraceEvent[] = [
  crossed('hello 9b01 with 1 file', '5', '4'),
  query(7, '1', '2'),
  query(7, '1', '3'),
  query(6, '2', '3'),
  query(6, '2', '4'),
  query(6, '3', '2'),
  query(5, '4', '5'),
  hit('5', '4'),
  hit('4', '2'),
  hit('2', '1'),
]
