import { safeName } from '../core/confined.ts'
import { errorCode, LxworksError } from '../core/errors.ts'
import type { Files } from '../core/ports.ts'
import type { Images } from '../images/contract.ts'
import type { InstanceFiles, InstanceMetadata, InstanceTemplates } from './contract.ts'
import { TEMPLATE_BOUNDS } from './templates/budget.ts'
import { noTemplate, type Reading, readMetadata, readTemplate } from './templates/image-files.ts'

export interface ImageDocumentsDeps {
  /** Where the instance's volume is; refuses when there is no such instance. */
  readonly volume: () => Promise<string>
  readonly confined: Reading
  readonly files: Pick<Files, 'write'>
  readonly images: Pick<Images, 'parseMetadata' | 'writeMetadata'>
  /** Files below this directory, which is no link. */
  readonly below: (directory: string) => Pick<InstanceFiles, 'list' | 'mkdir' | 'write' | 'remove'>
  /** Runs `work` while nobody else changes or starts the instance. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>
}

/** What an image said of itself, as its instance keeps it. */
export function instanceMetadata(deps: ImageDocumentsDeps): InstanceMetadata {
  const { images, files, volume } = deps
  return {
    read: async () => {
      const found = await readMetadata(await volume(), deps)
      if (found) return found
      throw new LxworksError(
        'the instance has no metadata, because it was made without an image; write some first',
        { kind: 'notFound', code: 'INSTANCE_NO_METADATA' },
      )
    },
    write: (metadata) =>
      deps.alone(async () => {
        const text = await images.writeMetadata(metadata)
        // What could not be read again is not written.
        await images.parseMetadata(text)
        await files.write(`${await volume()}/metadata.yaml`, text, { mode: 0o644 })
      }),
  }
}

/** The templates that an image brought. */
export function instanceTemplates(deps: ImageDocumentsDeps): InstanceTemplates {
  const { volume, confined, alone } = deps
  const below = async () => deps.below(`${await volume()}/templates`)
  return {
    list: async () => {
      const entries = await (await below()).list('/').catch(orNone)
      return entries.filter(({ type }) => type === 'file').map(({ name }) => name)
    },
    read: async (name) => readTemplate(await volume(), safeName(name, 'template'), confined),
    write: async (name, text) => {
      const path = `/${safeName(name, 'template')}`
      refuseLong(name, text)
      await alone(async () => {
        await deps
          .below(await volume())
          .mkdir('/templates', { mode: 0o711 })
          .catch(orThere)
        await (await below()).write(path, text)
      })
    },
    delete: async (name) => {
      const path = `/${safeName(name, 'template')}`
      await alone(async () => (await below()).remove(path).catch(orMissing(name)))
    },
  }
}

function refuseLong(name: string, text: string): void {
  if (Buffer.byteLength(text) <= TEMPLATE_BOUNDS.sourceBytes) return
  throw new LxworksError(
    `the template ${name} is larger than ${TEMPLATE_BOUNDS.sourceBytes} bytes; make it shorter`,
    { kind: 'invalid', code: 'INSTANCE_TEMPLATE_TOO_LARGE' },
  )
}

function orNone(error: unknown): readonly [] {
  if (errorCode(error) === 'INSTANCE_FILE_NOT_FOUND') return []
  throw error
}

function orThere(error: unknown): void {
  if (errorCode(error) !== 'INSTANCE_FILE_EXISTS') throw error
}

function orMissing(name: string): (error: unknown) => never {
  return (error) => {
    throw errorCode(error) === 'INSTANCE_FILE_NOT_FOUND' ? noTemplate(name) : error
  }
}
