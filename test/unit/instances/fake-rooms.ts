import type { ImageFacts } from '../../../lib/images/contract.ts'
import { parseMetadata, writeMetadata } from '../../../lib/images/metadata.ts'
import type { NetworkFacts, NicOwner, NicSpec } from '../../../lib/network/contract.ts'

const FINGERPRINT = '1f'.repeat(32)

/** One image, `busybox`, whose archive lies where the fake unpacker knows it. */
export class FakeImages {
  readonly touched: string[] = []
  /** What instances made from it use unless they are told otherwise. */
  profiles: readonly string[] | null = null

  async facts(project: string): Promise<ImageFacts> {
    const record: ImageFacts['record'] = {
      fingerprint: FINGERPRINT,
      project,
      type: 'container',
      architecture: 'x86_64',
      filename: 'busybox.tar.xz',
      sizeBytes: 1_000_000,
      public: false,
      autoUpdate: false,
      cached: false,
      properties: { os: 'busybox', release: '1.35' },
      profiles: this.profiles,
      aliases: [],
      uploadedAt: new Date(0),
    }
    return { record, archives: [{ path: IMAGE_ARCHIVE }], requirements: {} }
  }

  readonly parseMetadata = parseMetadata
  readonly writeMetadata = writeMetadata

  async touch(_project: string, fingerprint: string): Promise<void> {
    this.touched.push(fingerprint)
  }
}

export const IMAGE_ARCHIVE = '/image.tar'

/** A managed bridge, `lxdbr0`, and one of the host, `br-lan`; who is registered with them. */
export class FakeNetworks {
  readonly registered = new Map<string, string>()

  async facts(_project: string, name: string): Promise<NetworkFacts> {
    const plain = { name, type: 'bridge', parent: name, config: {}, status: 'Created' as const }
    return name === 'lxdbr0'
      ? { ...plain, managed: true, mtu: 1400 }
      : { ...plain, managed: false, mtu: 9000 }
  }

  async offer(): Promise<undefined> {
    return undefined
  }

  async attach(nic: NicSpec, owner: NicOwner): Promise<void> {
    this.registered.set(nic.hwaddr, `${owner.project}/${owner.instance} ${nic.device}`)
  }

  async detach(nic: NicSpec): Promise<void> {
    this.registered.delete(nic.hwaddr)
  }
}
