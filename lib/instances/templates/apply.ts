import { posix } from 'node:path'
import { errorCode, errorMessage, isLxworksError, LxworksError } from '../../core/errors.ts'
import type { InstanceFiles } from '../contract.ts'
import {
  planTemplate,
  type TemplateFile,
  type TemplateWork,
  wantedTemplates,
} from './apply-plan.ts'
import { Budget } from './budget.ts'
import { type MetadataReader, type Reading, readTemplate, readTemplateList } from './image-files.ts'

export interface ApplyDeps {
  /** The instance's volume, with its metadata and templates. */
  readonly volume: string
  /** Of the instance: its root, which nothing leaves. */
  readonly files: Pick<InstanceFiles, 'stat' | 'write' | 'mkdir'>
  readonly confined: Reading
  readonly images: MetadataReader
}

/**
 * Writes what the image's templates make of the instance now. Each file is written whole, so doing it again after a crash gives
 * the same. Refuses what is wrong with a template before that one is written.
 */
export async function applyTemplates(work: TemplateWork, deps: ApplyDeps): Promise<void> {
  const { volume, confined } = deps
  const templates = await readTemplateList(volume, deps)
  const budget = new Budget()
  for (const wanted of wantedTemplates(work.triggers, templates)) {
    const source = await readTemplate(volume, wanted.template, confined)
    await write(planTemplate(wanted, source, { work, budget }), deps.files)
  }
}

async function write(file: TemplateFile, files: ApplyDeps['files']): Promise<void> {
  const { path, text, createOnly } = file
  try {
    if (createOnly && (await isThere(path, files))) return
    await files.write(path, text).catch(async (error: unknown) => {
      if (!isLxworksError(error) || error.kind !== 'notFound') throw error
      await makeParents(path, files)
      await files.write(path, text)
    })
  } catch (error) {
    throw new LxworksError(
      `a template of the image could not be written: ${errorMessage(error)}; correct the instance's metadata, or what is in the way`,
      {
        kind: 'precondition',
        code: 'INSTANCE_TEMPLATE_NOT_WRITTEN',
        context: { path },
        cause: error,
      },
    )
  }
}

/** A link is something, wherever it leads. */
async function isThere(path: string, files: ApplyDeps['files']): Promise<boolean> {
  try {
    await files.stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'INSTANCE_FILE_NOT_FOUND') return false
    throw error
  }
}

/** From the top, each 0755 and root's, as LXD makes them. */
async function makeParents(path: string, files: ApplyDeps['files']): Promise<void> {
  const parts = posix.dirname(path).split('/').slice(1)
  for (const [index] of parts.entries()) {
    const directory = `/${parts.slice(0, index + 1).join('/')}`
    await files.mkdir(directory).catch((error: unknown) => {
      if (errorCode(error) !== 'INSTANCE_FILE_EXISTS') throw error
    })
  }
}
