import { truncate } from 'node:fs/promises'
import type { FileTransfer } from '../contracts/05-file-transfer.ts'
import type { Check } from '../grading/check.ts'
import { drawBytes, openClient, openShare, openTransfers } from './05-partners.ts'

/** More than systems keep of a connection whose other end does not read, so that no server is through with it then. */
const SIZE = 2 ** 24
const AS_IT_SHOULD = 'broken off, or all as it was'

/** A file that changes while it is sent. */
export const changing: readonly Check<FileTransfer>[] = [
  {
    id: '5.32',
    title: 'when a file becomes shorter while it is sent, the connection is destroyed',
    task: 3,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = `${lab.chance.word('5.32')}.bin`
      const content = drawBytes(lab, SIZE, '5.32')
      const path = await share.write(name, content)
      const transfers = openTransfers(lab)
      const server = await learner.startFileServer({ dir: share.path, onTransfer: transfers.push })
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names: [name] })
      await client.peer.received
        .until('the file to begin', ({ sizeBytes }) => (sizeBytes > 0 ? true : undefined))
        .catch(() => undefined)
      client.peer.pause()
      await truncate(path, 0)
      client.peer.resume()
      const closed = client.peer.closed.then(() => 'closed')
      const ended = await Promise.race([closed, client.answers(2, SIZE).then(() => 'still open')])

      // Who had read all of the file before can send all of it.
      const [answer] = client.peer.received.sizeBytes < SIZE ? [] : await client.answers(1, SIZE)
      const isWhole = answer?.body !== undefined && Buffer.from(content).equals(answer.body)
      const short = ended === 'closed' ? AS_IT_SHOULD : 'too few bytes, and the connection stays open'
      const saw = answer === undefined ? short : 'other bytes in place of those that are gone'
      lab.expect(isWhole ? AS_IT_SHOULD : saw, AS_IT_SHOULD, {
        why: `${SIZE} bytes were announced, and then the file was emptied. The client waits for so many bytes, and takes whatever comes for them: an end, too.`,
        hint: 'Count the bytes that you send. When no more come and it should be more, destroy() the connection. That is all the client can understand.',
      })
      await learner.settle()
      const done = transfers.all.filter(({ state }) => state === 'done').length
      lab.expect(isWhole ? 0 : done, 0, {
        why: 'The file was reported as done, and only a part of it had been sent.',
      })
    },
  },
]
