import type { Helper } from '../../../../bindings/helper/native.ts'
import type { Ask } from '../http.ts'
import type { Application } from './application.ts'
import type { Manifest } from './documents.ts'
import type { Reference } from './reference.ts'
import type { Registry } from './registry.ts'
import type { SharedLayers } from './shared-layers.ts'

/** What reading a registry needs. */
export interface OciDeps {
  readonly ask: Ask
  readonly shared: SharedLayers
  readonly archives: Pick<Helper, 'readMembers'>
}

/** An image in a registry, described completely; its layers are still there. */
export interface Found {
  readonly reference: Reference
  readonly registry: Registry
  readonly manifestBytes: Buffer
  readonly manifest: Manifest
  readonly configBytes: Buffer
  readonly application: Application
}
