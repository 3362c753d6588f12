import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The lesson says so: what becomes of a packet whose fields are missing is not checked.',
    mutants: [
      ['', "['join', ['name']],", "['name'] → []"],
      ['', "['joined', ['name']],", "['name'] → []"],
      ['', "['say', ['id', 'text', 'at']],", "['id', 'text', 'at'] → []"],
      ['', "['error', ['code']],", "['code'] → []"],
      ['', "['message', ['id', 'name', 'text', 'at']],", "['id', 'name', 'text', 'at'] → []"],
      ['readPacket', "const timely = !fields?.includes('at') || !Number.isNaN(Date.parse(String(packet.at)))", "'at' → ''"],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'without complete &&'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'complete && timely → true'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'without && timely'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', '&& → ||'],
    ],
  },
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const JOIN_TRIES = 5', '5 → 6'],
      ['', 'const JOIN_TRIES = 5', '5 → 4'],
      ['', 'const REFRESH_MS = 10_000', '10_000 → 10001'],
      ['', 'const REFRESH_MS = 10_000', '10_000 → 9999'],
      ['', 'const REMEMBERED_IDS = 1000', '1000 → 1001'],
      ['', 'const REMEMBERED_IDS = 1000', '1000 → 999'],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', '(seen.size > REMEMBERED_IDS) → (false)'],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', '> → >='],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', 'without seen.delete(oldest)'],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', 'without = 0']],
  },
  {
    reason: 'One millisecond cannot be told on a busy machine.',
    mutants: [
      ['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', '60_000 → 60001'],
      ['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', '60_000 → 59999'],
      ['joinChat', 'const { server, name, now = () => new Date(), timeoutMs = 2000 } = options', '2000 → 2001'],
      ['joinChat', 'const { server, name, now = () => new Date(), timeoutMs = 2000 } = options', '2000 → 1999'],
    ],
  },
  {
    reason: 'A timer that stays behind finds nothing to do and shows nothing on the wire.',
    mutants: [
      ['startChatServer › close', 'for (const key of members.keys()) remove(key)', 'without remove(key)'],
      ['joinChat › leave', 'clearInterval(repeating)', 'without clearInterval(repeating)'],
      ['joinChat', '} finally {', '{ clearTimeout(deadline) } → {}'],
      ['joinChat', 'clearInterval(repeating)', 'without clearInterval(repeating)'],
    ],
  },
  {
    reason: 'Node gives the port of a UDP socket back before it says so.',
    mutants: [
      ['startChatServer › close', 'await closed', 'without await'],
      ['joinChat › leave', "await once(socket, 'close')", 'without await'],
      ['joinChat › leave', "await once(socket, 'close')", "without await once(socket, 'close')"],
    ],
  },
  {
    reason: 'The event comes on Windows only.',
    mutants: [
      [
        'startChatServer',
        "socket.on('error', () => undefined) // on Windows, that a member's port is closed",
        "without socket.on('error', () => undefined)",
      ],
      ['startChatServer', "socket.on('error', () => undefined) // on Windows, that a member's port is closed", "'error' → ''"],
      [
        'joinChat',
        "socket.on('error', () => undefined) // a server that is away now may be back later",
        "without socket.on('error', () => undefined)",
      ],
      ['joinChat', "socket.on('error', () => undefined) // a server that is away now may be back later", "'error' → ''"],
    ],
  },
  {
    reason: 'The contract does not say that a client has to look who sends it a datagram.',
    mutants: [
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        '(sender.address !== server.host || sender.port !== server.port) → (false)',
      ],
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        'without sender.address !== server.host ||',
      ],
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        'without || sender.port !== server.port',
      ],
      ['joinChat', 'if (sender.address !== server.host || sender.port !== server.port) return', '|| → &&'],
    ],
  },
  {
    reason: 'The contract lets a server answer a join with these two codes and no other.',
    mutants: [
      [
        'joinChat',
        "if (packet?.type === 'error' && isRefusal(packet.code)) reject(coded(packet.code, `The server refused ${name}`))",
        'without && isRefusal(packet.code)',
      ],
    ],
  },
  {
    reason: 'There is always an oldest one: the id was added just before.',
    mutants: [['joinChat › show', 'const [oldest = id] = seen', 'without = id']],
  },
  {
    reason: 'Two variants count as right that say nothing of a line too long to be sent.',
    mutants: [
      [
        'joinChat › send',
        'socket.send(JSON.stringify(packet), server.port, server.host, (error) => (error ? reject(error) : resolve()))',
        'error → false',
      ],
      ['joinChat', "await send({ type: 'say', id: randomUUID(), text, at: now().toISOString() })", 'without await'],
      ['runChat', 'await chat.say(line)', 'without await'],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a client whose join has failed.',
    mutants: [
      ['joinChat', 'await close() // the server may know us although its answer got lost', 'without await'],
      ['joinChat', 'await close() // the server may know us although its answer got lost', 'without await close()'],
    ],
  },
  {
    reason: 'The contract does not ask a silent client to show that it is there.',
    mutants: [['joinChat', 'repeating = setInterval(join, REFRESH_MS)', 'without repeating = setInterval(join, REFRESH_MS)']],
  },
  {
    reason: 'By then the goodbye is on its way.',
    mutants: [['runChat', 'await chat.close()', 'without await']],
  },
  {
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['readPacket', '} catch {', '{ return undefined } → {}']],
  },
  {
    reason: 'A number and a text have no type either, and are ignored for that.',
    mutants: [
      ['readPacket', "if (typeof value !== 'object' || value === null) return undefined", "without typeof value !== 'object' ||"],
    ],
  },
  {
    reason: 'A server may refuse names, and the contract does not say which but the empty one.',
    mutants: [
      ['isName', 'return /^\\P{Cc}{1,32}$/u.test(name)', '/^\\P{Cc}{1,32}$/u → /\\P{Cc}{1,32}$/u'],
      ['isName', 'return /^\\P{Cc}{1,32}$/u.test(name)', '/^\\P{Cc}{1,32}$/u → /^\\P{Cc}{1,32}/u'],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a line end in a line that is shown.',
    mutants: [['oneLine', "return text.replaceAll(/\\p{Cc}/gu, ' ')", "' ' → ''"]],
  },
]
