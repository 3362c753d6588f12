import type { Packet, RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Check } from '../grading/check.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import { fields, hex, laidOut, name, rubbish } from './02-packets.ts'
import { ODD } from './02-partners.ts'

/** Packets as bytes. */
export const packets: readonly Check<RetransmitAck>[] = [
  {
    id: '2.1',
    title: 'a packet is laid out as agreed',
    task: 1,
    about: 'encodePacket',
    async run({ learner, lab }) {
      const number = (purpose: string) => lab.chance.integer(2 ** 31, 2 ** 32 - 1, '2.1', purpose)
      const session = number('session')
      const seq = number('seq')
      const text = `안녕 ${lab.chance.word('2.1')} ${ODD}`
      const expected: [Packet, Uint8Array][] = [
        [{ type: 'DATA', session: 0x01020304, seq: 0, text: 'hi' }, Buffer.from('0101020304000000006869', 'hex')],
        [{ type: 'ACK', session: 0x01020304, seq: 0 }, Buffer.from('020102030400000000', 'hex')],
        [{ type: 'DATA', session, seq, text }, laidOut(1, session, seq, text)],
        [{ type: 'ACK', session, seq }, laidOut(2, session, seq)],
        [{ type: 'DATA', session: 7, seq: 256, text: '' }, laidOut(1, 7, 256)],
      ]

      // In one go, so that a packet whose bytes are used again for the next one shows.
      const laid = await learner.together(
        'encodePacket',
        expected.map(([packet]) => [packet]),
      )

      for (const [index, [packet, bytes]] of expected.entries()) {
        lab.expect(Uint8Array.from(laid[index] ?? []), Uint8Array.from(bytes), {
          why: `This is the packet ${name(packet)}. Both ends must agree on every byte: the type, then session and number with the highest byte first, then the text.`,
          hint: 'Network order is big-endian. Session and number have no sign.',
        })
      }
    },
  },
  {
    id: '2.2',
    title: 'a packet is read as it was laid out',
    task: 2,
    about: 'decodePacket',
    async run({ learner, lab }) {
      const session = lab.chance.integer(2 ** 31, 2 ** 32 - 1, '2.2', 'session')
      const seq = lab.chance.integer(1, 2 ** 32 - 1, '2.2', 'seq')
      const word = lab.chance.word('2.2')
      const written: Packet[] = [
        { type: 'DATA', session: 0x01020304, seq: 0, text: 'hi' },
        { type: 'ACK', session: 0x01020304, seq: 0 },
        { type: 'DATA', session, seq, text: `안녕 ${word} ${ODD}` },
        { type: 'ACK', session, seq },
        { type: 'DATA', session, seq: 0, text: '' },
      ]

      for (const packet of written) {
        const read = await learner.decodePacket(reference.encodePacket(packet))
        lab.expect(fields(read), packet, {
          why: `The bytes <${hex(reference.encodePacket(packet))}> are the packet ${name(packet)}.`,
          hint: 'A Uint8Array may begin in the middle of a larger buffer: mind its byteOffset.',
        })
      }
    },
  },
  {
    id: '2.3',
    title: 'bytes that are no packet are told apart',
    task: 2,
    about: 'decodePacket',
    async run({ learner, lab }) {
      const strangers = Object.entries(rubbish(lab, '2.3'))

      const read = await learner.together(
        'decodePacket',
        strangers.map(([, bytes]) => [bytes]),
      )

      const taken = strangers.filter((_stranger, index) => read[index] !== undefined).map(([what]) => what)
      lab.expect(taken, [], {
        why: 'decodePacket() took these for packets. Anybody can send anything to your port; what is not exactly a packet is undefined.',
      })
    },
  },
]
