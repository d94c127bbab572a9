import type { ArchiveTools } from './archive.ts'
import { HelperClient, type HelperParts } from './client.ts'
import type {
  Helper,
  HelperOptions,
  InspectReport,
  InspectRequest,
  MembersRequest,
  PackRequest,
  ShiftMaps,
  UnpackOptions,
  UnpackReport,
  UnpackRequest,
} from './native.ts'

/** Programs and addon that the helper is made of; absent ones are those that were built. */
export interface WholeHelperParts extends HelperParts {
  readonly programs: ArchiveTools['programs']
}

/** The helper with the verbs on archives and trees, which are a program of their own that the helper runs. */
export class WholeHelper extends HelperClient implements Helper {
  readonly #tools: ArchiveTools

  constructor(parts: WholeHelperParts) {
    super(parts)
    this.#tools = { helper: this, linux: parts.linux, programs: parts.programs }
  }

  async unpack(request: UnpackRequest, options: UnpackOptions = {}): Promise<UnpackReport> {
    const { unpack } = await import('./archive.ts')
    return unpack(this.#tools, request, options)
  }

  async readMembers(
    request: MembersRequest,
    options: HelperOptions = {},
  ): Promise<ReadonlyMap<string, Buffer>> {
    const { readMembers } = await import('./archive.ts')
    return readMembers(this.#tools, request, options)
  }

  async inspect(request: InspectRequest, options: UnpackOptions = {}): Promise<InspectReport> {
    const { inspect } = await import('./archive.ts')
    return inspect(this.#tools, request, options)
  }

  async pack(request: PackRequest, options: UnpackOptions = {}): Promise<void> {
    const { pack } = await import('./archive.ts')
    return pack(this.#tools, request, options)
  }

  async removeTree(path: string, options: HelperOptions = {}): Promise<void> {
    const { removeTree } = await import('./archive.ts')
    return removeTree(this.#tools, path, options)
  }

  async copyTree(source: string, target: string, options: HelperOptions = {}): Promise<void> {
    const { copyTree } = await import('./archive.ts')
    return copyTree(this.#tools, { source, target }, options)
  }

  async shiftTree(path: string, maps: ShiftMaps, options: HelperOptions = {}): Promise<void> {
    const { shiftTree } = await import('./archive.ts')
    return shiftTree(this.#tools, { path, ...maps }, options)
  }
}
