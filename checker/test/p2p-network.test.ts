import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { seededChance } from '../lab/chance.ts'
import { openLocalNetwork } from '../play/07-network.ts'
import { layOutFlood } from '../reporters/flood-layout.ts'
import * as solution from '../../solutions/07-p2p-network.ts'

const NODES = 50

/** Each node links with three earlier ones, drawn by chance. */
function inAMesh(number: number): number[] {
  const chance = seededChance(7)
  const drawn = [1, 2, 3].map((nth) => chance.integer(1, Math.max(1, number - 1), 'neighbour', number, nth))
  return number === 1 ? [] : [...new Set(drawn)]
}

test('in a network of fifty nodes a search finds the one file, and no link carries it more than twice', async () => {
  const network = await openLocalNetwork(solution, { count: NODES, neighboursOf: inAMesh })
  try {
    const [first, last] = [network.members.get(1), network.members.get(NODES)]
    network.passed()

    const hits = (await first?.node.search(`${NODES}.txt`, { timeoutMs: 1500 })) ?? []
    const events = network.passed()
    const picture = layOutFlood(events)
    const path = await first?.node.download(hits[0] as (typeof hits)[0], network.folderFor(1))

    expect(hits.map(({ id, address }) => ({ id, address }))).toEqual([{ id: last?.node.id, address: last?.node.address }])
    expect(await readFile(path ?? '', 'utf8')).toBe(`This file comes from node ${NODES}.\n`)
    expect(picture?.nodes.filter(({ hops }) => hops !== undefined).length).toBe(NODES)
    expect(Math.max(...(picture?.links ?? []).map(({ crossings }) => crossings))).toBeLessThanOrEqual(2)
    const links = picture?.links.length ?? 0
    const steps = picture?.steps.length ?? 0
    // Each node sends it to all of its peers but the one it came from, and the first node to all.
    expect(steps).toBeLessThanOrEqual(2 * links - (NODES - 1))
    const back = (picture?.hits[0]?.length ?? 1) - 1
    const answer = events.findLast((event) => event.kind === 'segment' && event.label.includes('hit '))
    console.log(`${NODES} nodes, ${links} links: ${steps} queries, ${back} messages for the hit, there after ${answer?.at} ms`)
  } finally {
    await network.close()
  }
})
