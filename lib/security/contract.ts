import type { IdMap } from '../../bindings/helper/native.ts'
import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'

export type { IdMap, IdMapEntry } from '../../bindings/helper/native.ts'
export { parseRawIdmap } from './raw-idmap.ts'

/** A run of host ids, for uids and gids alike. */
export interface IdRange {
  readonly base: number
  readonly count: number
}

/** What the host offers and what is taken, read before a plan is made. */
export interface SecurityFacts {
  /** The range that unprivileged instances share; undefined when this host has none, with the reason. */
  readonly range: IdRange | undefined
  readonly rangeMissing?: string
  /** Host ids that root may map by `raw.idmap`; undefined where nothing on this host restricts that. */
  readonly allowed?:
    | { readonly uid: readonly IdRange[]; readonly gid: readonly IdRange[] }
    | undefined
  /** Ranges taken by isolated instances on this root. */
  readonly taken: readonly (IdRange & { readonly instance: string })[]
  readonly seccomp: boolean
  /** `LXD_UNPRIVILEGED_ONLY`: new privileged containers are refused. */
  readonly unprivilegedOnly: boolean
}

/** For which instance a map is chosen. */
export interface IdmapRequest {
  /** Project-qualified name, to find its own range again. */
  readonly instance: string
  /** Expanded configuration. */
  readonly config: RawConfig
}

/** The map that an instance runs with. */
export interface IdmapChoice {
  /** Empty for a privileged container. */
  readonly idmap: IdMap
  /** Host id of the container's root; 0 when privileged. */
  readonly base: number
  readonly isolated: boolean
}

/** The room: which host ids an instance gets, and which system calls it may make. */
export interface Security {
  /** Reads /etc/subuid, /etc/subgid and the records; no effects. */
  facts(): Promise<SecurityFacts>
  /** Pure: the map an instance runs with, by the manual's rules (shared range, isolated, base, size, raw.idmap). Refuses with kind `invalid` or `precondition`. */
  chooseIdmap(request: IdmapRequest, facts: SecurityFacts): IdmapChoice
  /** Pure: the seccomp policy text for liblxc from `security.syscalls.*` and `raw.seccomp`; undefined when the container runs without one. */
  seccompPolicy(config: RawConfig): string | undefined
}

/** What a module names when it needs the room. */
export const SECURITY: Token<Security> = token('security')
