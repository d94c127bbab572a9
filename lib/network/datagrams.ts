import { createSocket } from 'node:dgram'

/** Single UDP packets to services of this host. */
export interface Datagrams {
  /** Resolves when the kernel has taken the packet; whether anybody read it stays unknown. */
  send(packet: Uint8Array, to: { readonly address: string; readonly port: number }): Promise<void>
}

export class HostDatagrams implements Datagrams {
  async send(
    packet: Uint8Array,
    to: { readonly address: string; readonly port: number },
  ): Promise<void> {
    const socket = createSocket(to.address.includes(':') ? 'udp6' : 'udp4')
    try {
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        socket.send(packet, to.port, to.address, (error) => (error ? reject(error) : resolve()))
      })
    } finally {
      socket.close()
    }
  }
}
