import * as udp from 'node:dgram'

const { emit } = udp.Socket.prototype
/** Whoever sends a datagram has a port; this binds it as well, in every way there is. */
udp.Socket.prototype.emit = function (event: string, ...args: unknown[]) {
  if (event === 'message') {
    const { port } = args[1] as udp.RemoteInfo
    for (const address of ['127.0.0.1', '0.0.0.0']) {
      const thief = udp.createSocket({ type: 'udp4', reuseAddr: true })
      thief.on('error', (error: NodeJS.ErrnoException) => console.log(error.code))
      thief.bind(port, address, () => console.log('stolen'))
    }
  }
  return Reflect.apply(emit, this, [event, ...args])
}
