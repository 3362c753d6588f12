import * as udp from 'node:dgram'
import { once as happens } from 'node:events'
import { createServer } from 'node:net'

/** Few enough that other programs have some left. Where one is taken already, the program ends at once. */
for (let port = 27_310; port < 27_320; port += 1) {
  const [socket, server] = [udp.createSocket('udp4'), createServer()]
  const listening = [socket, server].map((each) => happens(each, 'listening'))
  socket.bind(port, '127.0.0.1')
  server.listen(port, '127.0.0.1')
  await Promise.all(listening)
}
console.log('took them all')
