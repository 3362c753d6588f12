import * as udp from 'node:dgram'
import { createServer } from 'node:net'

const left = createServer().listen(0, '127.0.0.1', () => console.log('tcp', Object(left.address()).port))
const leftUdp = udp.createSocket('udp4').bind(0, '127.0.0.1', () => console.log('udp', leftUdp.address().port))
setInterval(() => undefined, 1)
