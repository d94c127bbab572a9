import type { Preseed } from './preseed.ts'

/** What `init` has to know. */
export interface Answers {
  /** A pool of this name is made; absent: none. */
  readonly pool?: { readonly name: string; readonly driver: string; readonly source?: string }
  /** A bridge of this name is made, and interfaces of new instances are on it; absent: none. */
  readonly bridge?: { readonly name: string; readonly ipv4: string; readonly ipv6: string }
  /** Where the server listens for TLS; absent: nowhere. */
  readonly address?: string
  readonly trustPassword?: string
}

/** What has been answered, as a preseed: also the default profile gets the root disk and the interface. */
export function preseedOf({ pool, bridge, address, trustPassword }: Answers): Preseed {
  return {
    config: {
      ...(address !== undefined && { 'core.https_address': address }),
      ...(trustPassword !== undefined && { 'core.trust_password': trustPassword }),
    },
    storage_pools: pool && [
      {
        name: pool.name,
        driver: pool.driver,
        config: pool.source === undefined ? {} : { source: pool.source },
      },
    ],
    networks: bridge && [
      {
        name: bridge.name,
        type: 'bridge',
        config: { 'ipv4.address': bridge.ipv4, 'ipv6.address': bridge.ipv6 },
      },
    ],
    profiles: [
      {
        name: 'default',
        devices: {
          ...(pool && { root: { type: 'disk', path: '/', pool: pool.name } }),
          ...(bridge && { eth0: { type: 'nic', name: 'eth0', network: bridge.name } }),
        },
      },
    ],
  }
}

/** `address` and `port` of the options as the server's key has them. */
export function listenAddress(address: string, port: string): string {
  return address.includes(':') && !address.startsWith('[')
    ? `[${address}]:${port}`
    : `${address}:${port}`
}
