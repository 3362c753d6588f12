import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The contract does not say what stands in an answer that refuses something.',
    mutants: [
      [
        'fail',
        'sendJson(response, status, { error: error instanceof Refusal ? error.message : inWords(error) })',
        '{ error: error instanceof Refusal ? error.message : inWords(error) } → {}',
      ],
    ],
  },
  {
    reason: 'Of the bytes of a transfer that has failed the contract says only that they are not fewer than before.',
    mutants: [
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", "state === 'done' → true"],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", '=== → !=='],
    ],
  },
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '64 → 65'],
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '64 → 63'],
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '1024 → 1025'],
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '1024 → 1023'],
      ['', 'const REMEMBERED = 50', '50 → 51'],
      ['', 'const REMEMBERED = 50', '50 → 49'],
      ['', 'const STEP = 1 / 200', '1 → 2'],
      ['', 'const STEP = 1 / 200', '200 → 201'],
      ['', 'const STEP = 1 / 200', '200 → 199'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1023'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025 (no. 2)'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1023 (no. 2)'],
    ],
  },
  {
    reason: 'The words are our own. The contract asks for some, and for none in particular.',
    mutants: [
      [
        'startGui › answer',
        "throw new Refusal(403, 'This node serves its own page only.')",
        "'This node serves its own page only.' → ''",
      ],
      [
        'startGui › answer',
        "if (methods === undefined) throw new Refusal(404, 'There is nothing here.')",
        "'There is nothing here.' → ''",
      ],
      ['startGui › answer', "response.setHeader('allow', Object.keys(methods).join(', '))", "', ' → ''"],
      [
        'startGui › answer',
        'throw new Refusal(405, `${method} is not possible here.`)',
        '`${method} is not possible here.` → ``',
      ],
      [
        'startGui › search',
        "if (name === '') throw new Refusal(400, 'What is to be searched for? Ask with ?name=')",
        "'What is to be searched for? Ask with ?name=' → ''",
      ],
      [
        'startGui › download',
        'if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)',
        '`${hit.name} is on its way already.` → ``',
      ],
      [
        'openTransfers',
        "const error = state === 'failed' ? { error: 'The other node has broken it off.' } : {}",
        "'The other node has broken it off.' → ''",
      ],
      ['decode', "throw new Refusal(400, 'This address cannot be decoded.')", "'This address cannot be decoded.' → ''"],
      [
        'requirePlain',
        "if (name === '' || name === '.' || name === '..' || /[/\\\\\\0]/.test(name)) throw new Refusal(400, 'This is no name for a file.')",
        "'This is no name for a file.' → ''",
      ],
      [
        'readBody',
        "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')",
        "'This is too long for a hit.' → ''",
      ],
      [
        'readHit',
        "if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')",
        "'This is no hit.' → ''",
      ],
      ['parse', "throw new Refusal(400, 'This is no JSON.')", "'This is no JSON.' → ''"],
      [
        '',
        'const WORDS: Readonly<Record<string, string>> = {',
        "{ ECONNREFUSED: 'Its owner cannot be reached any more.', INCOMPLETE: 'Its owner has gone a… → {}",
      ],
      ['', "ECONNRESET: 'Its owner has gone away in the middle.',", "'Its owner has gone away in the middle.' → ''"],
      ['', "ENOSPC: 'There is no room left on the disk.',", "'There is no room left on the disk.' → ''"],
      ['inWords', "const { code = '', message } = error as NodeJS.ErrnoException", "without = ''"],
      ['inWords', "const { code = '', message } = error as NodeJS.ErrnoException", "'' → 'mutant'"],
      ['inWords', 'return WORDS[code] ?? message', 'without WORDS[code] ??'],
    ],
  },
  {
    reason: 'Splitting a text leaves one piece at least, and Node always names the method and the address of a request.',
    mutants: [
      ['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "without = ''"],
      ['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "'' → 'mutant'"],
      ['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "without = '' (no. 2)"],
      ['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "without ?? ''"],
      ['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "'' → 'mutant' (no. 3)"],
      ['startGui › answer', "const method = request.method ?? ''", "without ?? ''"],
      ['startGui › answer', "const method = request.method ?? ''", "'' → 'mutant'"],
    ],
  },
  {
    reason: 'Without a `?` nothing stands behind it. What is put in its place has no `name`.',
    mutants: [['startGui › answer', "const [path = '', query = ''] = (request.url ?? '').split('?')", "'' → 'mutant' (no. 2)"]],
  },
  {
    reason:
      'A path begins with a slash, and methods are in capital letters: nothing that an object inherits is called like that.',
    mutants: [
      [
        'startGui › answer',
        'const methods = Object.hasOwn(routes, name) ? routes[name] : undefined',
        'Object.hasOwn(routes, name) → true',
      ],
      [
        'startGui › answer',
        'const route = Object.hasOwn(methods, method) ? methods[method] : undefined',
        'Object.hasOwn(methods, method) → true',
      ],
    ],
  },
  {
    reason: 'The contract does not ask for the field `Allow`.',
    mutants: [
      [
        'startGui › answer',
        "response.setHeader('allow', Object.keys(methods).join(', '))",
        "without response.setHeader('allow', Object.keys(methods).join(', '))",
      ],
    ],
  },
  {
    reason: 'Any status from 200 to 299 will do for a PUT, and its answer may say anything.',
    mutants: [
      ['startGui › put', 'sendJson(response, 201, { name })', '201 → 202'],
      ['startGui › put', 'sendJson(response, 201, { name })', '201 → 200'],
      ['startGui › put', 'sendJson(response, 201, { name })', '{ name } → {}'],
    ],
  },
  {
    reason: 'What the answer to a POST says is up to the server.',
    mutants: [['startGui › download', 'sendJson(response, 202, { id })', '{ id } → {}']],
  },
  {
    reason: 'The folder is there, so nobody has to be forgiving.',
    mutants: [['startGui › put', 'await rm(box, { recursive: true, force: true })', 'true → false (no. 2)']],
  },
  {
    reason: 'Between two connections nobody can tell whether the one was told before the other was answered.',
    mutants: [
      ['startGui › put', 'await rm(box, { recursive: true, force: true })', 'without await'],
      ['startGui › put', 'await changed()', 'without await'],
      ['startGui › changed', 'await node.rescan()', 'without await'],
    ],
  },
  {
    reason: 'What becomes of a file that is asked for while it is on its way is left open.',
    mutants: [
      [
        'startGui › download',
        'if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)',
        '(transfers.receives(hit.name)) → (false)',
      ],
      [
        'startGui › download',
        'if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)',
        'without throw new Refusal(409, `${hit.name} is on its way already.`)',
      ],
      [
        'startGui › download',
        'if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)',
        '409 → 410',
      ],
      [
        'startGui › download',
        'if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)',
        '409 → 408',
      ],
      [
        'openTransfers',
        "receives: (name: string) => underWay('receive', name) !== undefined,",
        "underWay('receive', name) !== undefined → undefined",
      ],
      ['openTransfers', "receives: (name: string) => underWay('receive', name) !== undefined,", "'receive' → ''"],
    ],
  },
  {
    reason: 'A stream of events is kept by no browser, and other answers are not asked for in this way.',
    mutants: [
      [
        'startGui › subscribe',
        "response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })",
        "'no-store' → ''",
      ],
      [
        'sendJson',
        "const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }",
        "'application/json' → ''",
      ],
      [
        'sendJson',
        "const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }",
        "'no-store' → ''",
      ],
      [
        'sendJson',
        "const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }",
        "'nosniff' → ''",
      ],
      [
        'sendJson',
        "const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }",
        "{ 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options… → {}",
      ],
    ],
  },
  {
    reason: 'What is written to a response that has closed is dropped by Node. Only the memory would tell.',
    mutants: [
      [
        'startGui › subscribe',
        "response.once('close', () => subscribers.delete(response))",
        "without response.once('close', () => subscribers.delete(response))",
      ],
      ['startGui › subscribe', "response.once('close', () => subscribers.delete(response))", "'close' → ''"],
      [
        'startGui › subscribe',
        "response.once('close', () => subscribers.delete(response))",
        'subscribers.delete(response) → undefined',
      ],
    ],
  },
  {
    reason: 'How much may wait for a page that does not read is left open.',
    mutants: [
      [
        'tell',
        'if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy()',
        '(response.writableLength > MAX_WAITING_BYTES) → (false)',
      ],
      ['tell', 'if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy()', '> → >='],
    ],
  },
  {
    reason: 'It goes on by itself, and is over a moment later.',
    mutants: [
      ['startGui › shutDown', 'await Promise.all([freed, node.close()])', 'without await'],
      ['startGui', 'await node.close()', 'without await'],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [
      ['startGui', 'export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {', 'without = 0'],
    ],
  },
  {
    reason: 'A node without peers is told of none in either case.',
    mutants: [
      ['startGui', 'export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {', 'without = []'],
    ],
  },
  {
    reason: 'How many of the steps in between are told is left open.',
    mutants: [
      ['', 'const STEP = 1 / 200', '1 → 0'],
      [
        'openTransfers › update',
        "if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return",
        "'active' → ''",
      ],
      ['openTransfers › update', "if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return", '< → >='],
      [
        'openTransfers › update',
        'const small = before !== undefined && transfer.bytes - before.bytes < transfer.size * STEP',
        '- → +',
      ],
      [
        'openTransfers › update',
        'const small = before !== undefined && transfer.bytes - before.bytes < transfer.size * STEP',
        '< → <=',
      ],
      [
        'openTransfers › update',
        "if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return",
        "(small && transfer.state === 'active' && transfer.bytes < transfer.size) → (false)",
      ],
      [
        'openTransfers › update',
        "if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return",
        'without && transfer.bytes < transfer.size',
      ],
      ['openTransfers › update', "if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return", '< → <='],
    ],
  },
  {
    reason: 'Of what is over, a later page may be told or not. The number of those that are remembered is our own choice.',
    mutants: [
      ['openTransfers › update', "const [oldest = ''] = known.keys()", "without = ''"],
      ['openTransfers › update', "const [oldest = ''] = known.keys()", "'' → 'mutant'"],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        "(known.size > REMEMBERED && known.get(oldest)?.state !== 'active') → (false)",
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        'without known.size > REMEMBERED &&',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        '> → >=',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        '> → <=',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        "without && known.get(oldest)?.state !== 'active'",
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        '&& → ||',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        '?. → .',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        '!== → ===',
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        "'active' → ''",
      ],
      [
        'openTransfers › update',
        "if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)",
        'without known.delete(oldest)',
      ],
    ],
  },
  {
    reason: 'All steps up to the last one have been told by then, and the transfer is known.',
    mutants: [
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", "state === 'done' → false"],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", "'done' → ''"],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", '?. → .'],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", 'without ?? 0'],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", '0 → 1'],
      ['openTransfers', "const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)", '0 → (-1)'],
    ],
  },
  {
    reason: 'JSON leaves out what is undefined.',
    mutants: [
      [
        'openTransfers',
        "update({ id, name, direction: 'receive', state, bytes, size, ...(error === undefined ? {} : { error }) })",
        'error === undefined → false',
      ],
    ],
  },
  {
    reason: 'The node receives nothing that was not begun here.',
    mutants: [
      [
        'openTransfers',
        'if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) })',
        '(before !== undefined) → (true)',
      ],
    ],
  },
  {
    reason: 'No report has fewer bytes than none.',
    mutants: [['openTransfers', 'const { id = randomUUID(), bytes: most = 0 } = before ?? {}', '0 → (-1)']],
  },
  {
    reason: 'Reasons are asked for where a file is fetched. Of one that is sent they are a courtesy.',
    mutants: [
      [
        'openTransfers',
        "const error = state === 'failed' ? { error: 'The other node has broken it off.' } : {}",
        "state === 'failed' → false",
      ],
      [
        'openTransfers',
        "const error = state === 'failed' ? { error: 'The other node has broken it off.' } : {}",
        "'failed' → ''",
      ],
      [
        'openTransfers',
        "const error = state === 'failed' ? { error: 'The other node has broken it off.' } : {}",
        "{ error: 'The other node has broken it off.' } → {}",
      ],
    ],
  },
  {
    reason: "No answer of ours breaks off after it has begun, and none fails for a reason of the server's own.",
    mutants: [
      ['fail', 'if (response.headersSent) return void response.destroy()', '(response.headersSent) → (false)'],
      ['fail', 'const status = error instanceof Refusal ? error.status : 500', '500 → 501'],
      ['fail', 'const status = error instanceof Refusal ? error.status : 500', '500 → 499'],
    ],
  },
  {
    reason: 'Node itself reads what is left of a request before it takes the next one.',
    mutants: [
      ['fail', "response.setHeader('connection', 'close')", "without response.setHeader('connection', 'close')"],
      ['fail', "response.setHeader('connection', 'close')", "'close' → ''"],
    ],
  },
  {
    reason: 'In which order files are listed is left open.',
    mutants: [
      ['list', 'return files.toSorted((a, b) => a.name.localeCompare(b.name))', 'a.name.localeCompare(b.name) → undefined'],
    ],
  },
  {
    reason: 'Only a file that goes between two looks at the folder would tell.',
    mutants: [
      [
        'list',
        'const files = names.flatMap((name, index) => (sizes[index] === undefined ? [] : [{ name, size: sizes[index].size }]))',
        'sizes[index] === undefined → false',
      ],
    ],
  },
  {
    reason: 'How long a hit may be is left open.',
    mutants: [
      ['readBody', 'let sizeBytes = 0', '0 → 1'],
      ['readBody', 'let sizeBytes = 0', '0 → (-1)'],
      ['readBody', 'sizeBytes += piece.length', 'without sizeBytes += piece.length'],
      ['readBody', 'sizeBytes += piece.length', '+= → -='],
      [
        'readBody',
        "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')",
        '(sizeBytes > MAX_HIT_BYTES) → (false)',
      ],
      ['readBody', "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')", '> → >='],
      [
        'readBody',
        "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')",
        "without throw new Refusal(413, 'This is too long for a hit.')",
      ],
      ['readBody', "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')", '413 → 414'],
      ['readBody', "if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')", '413 → 412'],
    ],
  },
  {
    reason:
      'Whether a number may come as a text, a size be less than none, or a port too high, is left open; and no node has these ports.',
    mutants: [
      [
        'readHit',
        'const numbers = [port, size].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)',
        'without Number.isSafeInteger(each) &&',
      ],
      [
        'readHit',
        'const numbers = [port, size].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)',
        'without && Number(each) >= 0',
      ],
      ['readHit', 'const numbers = [port, size].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)', '&& → ||'],
      ['readHit', 'const numbers = [port, size].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)', '0 → (-1)'],
      ['readHit', "if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')", '> → >='],
      ['readHit', "if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')", '65_535 → 65534'],
      ['readHit', "if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')", '65_535 → 65536'],
      [
        'readHit',
        "if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')",
        'without || Number(port) > 65_535',
      ],
    ],
  },
  {
    reason: 'It would take a file that is fetched while it is sent. Whether one may be is left open.',
    mutants: [
      [
        'openTransfers',
        "[...known.values()].find((each) => each.direction === direction && each.name === name && each.state === 'active')",
        'without each.direction === direction &&',
      ],
    ],
  },
  {
    reason: 'How far a file was at a moment cannot be told to the byte from outside.',
    mutants: [['openTransfers', 'const { id = randomUUID(), bytes: most = 0 } = before ?? {}', '0 → 1']],
  },
  {
    reason: 'Both are handed to the system in this order. That the later one overtakes the other is a matter of chance.',
    mutants: [
      ['startGui › put', 'await mkdir(box)', 'without await'],
      ['startGui › put', 'await rename(join(box, name), join(dir, name))', 'without await'],
    ],
  },
  {
    reason: 'A server that has closed says so once more when it is closed again, and so does a node.',
    mutants: [
      ['startGui', 'return { url: `http://${host}/`, node: node.address, close: () => (closed ??= shutDown()) }', '??= → ='],
    ],
  },
  {
    reason: 'What has no code is told in its own words, in one way or the other.',
    mutants: [
      [
        'fail',
        'sendJson(response, status, { error: error instanceof Refusal ? error.message : inWords(error) })',
        'error instanceof Refusal → true',
      ],
      [
        'fail',
        'sendJson(response, status, { error: error instanceof Refusal ? error.message : inWords(error) })',
        'error instanceof Refusal → false',
      ],
    ],
  },
  {
    reason: 'Whoever asks for no name in particular finds nothing, and an empty list says so as well.',
    mutants: [
      [
        'startGui › search',
        "if (name === '') throw new Refusal(400, 'What is to be searched for? Ask with ?name=')",
        "(name === '') → (false)",
      ],
      [
        'startGui › search',
        "if (name === '') throw new Refusal(400, 'What is to be searched for? Ask with ?name=')",
        "'' → 'mutant'",
      ],
    ],
  },
]
