import type { ConfinedBind } from '../core/confined.ts'
import type { NicSpec } from '../network/contract.ts'

/** What a device adds to a container or machine. Devices return parts and nothing else; assembling them knows no device by name. */
export type Part =
  | { readonly kind: 'root'; readonly pool: string; readonly readOnly: boolean }
  | { readonly kind: 'mount'; readonly mount: MountSpec }
  | { readonly kind: 'hold'; readonly hold: HoldSpec }
  | { readonly kind: 'nic'; readonly nic: NicSpec }

/** Something of the host that is mounted aside before the start, so that no link can lead the instance elsewhere. */
export interface HoldSpec extends ConfinedBind {
  readonly device: string
  readonly type: 'directory' | 'file'
}

export interface MountSpec {
  readonly source: string
  /** Below the instance's root, without the leading slash. */
  readonly target: string
  readonly type: string
  readonly options: readonly string[]
}
