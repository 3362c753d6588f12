import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import { drawBytes } from './05-partners.ts'
import { announce, expectListed, find, hitOf, openOurs, openPuppet, openShare } from './07-partners.ts'
import { rejects } from './outcomes.ts'

/** Files on their way from their owner. */
export const fetching: readonly Check<P2pNetwork>[] = [
  {
    id: '7.23',
    title: 'a file that was found is fetched from its owner, whole',
    task: 9,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const content = drawBytes(lab, 1_000_003, '7.23')
      const [theirs, mine] = [
        await openShare(lab, folder, 'ours', content),
        await openShare(lab, folder, 'you', content.subarray(7)),
      ]
      const [into, back] = [await folder.folder('into'), await folder.folder('back')]
      const small = { 'small.txt': lab.chance.word('7.23'), empty: '' }
      for (const [name, text] of Object.entries(small)) await theirs.share.write(name, text)
      const ours = await openOurs(lab, { dir: theirs.dir })
      const between = await openOurs(lab, { dir: into.path, peers: [ours.address] })
      const node = await learner.startNode({ dir: mine.dir, peers: [between.address] })
      await expectListed(lab, node, between)

      const [[hit], [found]] = await Promise.all([find(node, theirs.file.name, 1), find(ours, mine.file.name, 1)])
      lab.expect([hit, found], [hitOf(ours, theirs.file), hitOf(node, mine.file)], {
        why: 'Each of two nodes searches for what the other has.',
      })
      const wanted = [theirs.file, ...Object.entries(small).map(([name, text]) => announce(name, text))]
      await Promise.all(wanted.map((file) => node.download(hitOf(ours, file), into.path)))
      await ours.download(hitOf(node, mine.file), back.path)

      lab.expect(await into.read(theirs.file.name), theirs.content, {
        why: 'The search went over a node between. The file comes from its owner, and lies in the folder under its name.',
      })
      const came = Object.keys(small).map(
        async (name) => [name, Buffer.from((await into.read(name)) ?? 'no file').toString()] as const,
      )
      lab.expect(Object.fromEntries(await Promise.all(came)), small, {
        why: 'Three files were fetched into one folder at the same time: a large one, a small one, and an empty one.',
        hint: 'What a download puts aside until it is whole needs a name that no other download uses.',
      })
      lab.expect(await back.read(mine.file.name), mine.content, {
        why: 'Your node is an owner, too, and serves what it has announced.',
      })
    },
  },
  {
    id: '7.24',
    title: 'what has not the right hash is not taken for the file',
    task: 9,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [{ file, content }, into] = [await openShare(lab, folder, 'honest'), await folder.folder('into')]
      const forged = content.toReversed()
      const liar = await openPuppet(lab, 'X', { contents: { [file.name]: forged } })
      const honest = await openPuppet(lab, 'Y', { contents: { [file.name]: content } })
      const node = await learner.startNode({ dir: into.path })

      const fromX = await rejects(node.download(hitOf(liar, file), into.path))
      const left = (await into.list()).includes(file.name) ? 'a file of that name' : 'no file of that name'
      const fromY = await rejects(node.download(hitOf(honest, file), into.path))

      lab.expect(
        { X: fromX, Y: fromY },
        { X: 'it rejects', Y: 'it resolves' },
        {
          why: 'X sent as many bytes as the hit had announced, but other ones. The hash in the hit tells, and that is what it is for.',
        },
      )
      lab.expect(left, 'no file of that name', {
        why: 'What X sent is not the file, and yet it lay in the folder under its name when download() had rejected. Whoever looks there takes it for the file.',
        hint: 'Compare first, and give it the name afterwards.',
      })
      lab.expect(await into.read(file.name), content, { why: 'Y sent the file whose hash was announced.' })

      const almost = { ...hitOf(honest, file), sha256: otherEnd(file.sha256) }
      lab.expect(await rejects(node.download(almost, into.path)), 'it rejects', {
        why: 'This hash differs from that of the file in its last digit alone. It is the hash of another file.',
      })
    },
  },
  {
    id: '7.33',
    title: 'the name in a hit leads nowhere else',
    task: 9,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [into, share] = [await folder.folder('into'), await folder.folder('share')]
      const word = lab.chance.word('7.33')
      const names = [`../${word}.txt`, `${share.path}/${word}.txt`]
      const liar = await openPuppet(lab, 'X', { contents: Object.fromEntries(names.map((name) => [name, word])) })
      const node = await learner.startNode({ dir: share.path })

      // Whether it refuses the name or takes the last part of it is up to the node.
      for (const name of names) await rejects(node.download(hitOf(liar, announce(name, word)), into.path))

      const astray = (await folder.list()).filter((path) => !path.startsWith('into/'))
      lab.expect(astray, [], {
        why: 'X gave its hits the names "../…" and "/…/share/…". Hits come from strangers. Your node has written to a place that a stranger has chosen.',
        hint: 'fetchFiles() of lesson 5 refuses such names. Whatever you do with a name after that or beside it has to mind them as well.',
      })
    },
  },
]

/** The same hash, but for the last digit. */
function otherEnd(sha256: string): string {
  return sha256.slice(0, -1) + (sha256.endsWith('0') ? '1' : '0')
}
