import type { Helper } from '../../../bindings/helper/native.ts'
import type { ImageSource } from './contract.ts'
import { directSource } from './direct/index.ts'
import type { Ask } from './http.ts'
import { lxdSource } from './lxd/find.ts'
import { oci } from './oci/index.ts'
import { simplestreams } from './simplestreams/index.ts'

/** What sources are made from. */
export interface SourceDeps {
  readonly ask: Ask
  /** What archives hold is read by a confined program. */
  readonly archives: Pick<Helper, 'readMembers'>
  /** `<root>/images`. */
  readonly directory: string
}

/** Every protocol that images come by. */
export function imageSources(deps: SourceDeps): readonly ImageSource[] {
  return [lxdSource(deps.ask), simplestreams(deps), directSource(deps), oci(deps)]
}
