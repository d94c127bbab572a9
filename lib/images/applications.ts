import type { Files } from '../core/ports.ts'
import type { ImageFacts } from './contract.ts'
import type { Inspected } from './inspect.ts'
import type { SharedLayer } from './itineraries.ts'
import { applicationProperties, readStored } from './sources/oci/stored.ts'
import type { StagedFiles } from './store.ts'
import type { StoredPaths } from './stored-files.ts'

/** What an application's image is and says, before anything of it is believed. */
export async function inspectApplication(
  { metadataPath }: StagedFiles,
  directory: string,
): Promise<Inspected & { readonly layers: readonly SharedLayer[]; readonly sizeBytes: number }> {
  const { application, layers, sizeBytes } = await readStored(metadataPath, directory)
  const { architecture, createdAt } = application
  return {
    type: 'container',
    metadata: {
      ...{ architecture, createdAt, expiresAt: undefined, templates: {} },
      properties: applicationProperties(application),
    },
    ...{ layers, sizeBytes },
  }
}

/** What a planner needs of one that is stored: its layers, each into the same root, and what it runs. */
export async function applicationFacts([manifest, , directory]: StoredPaths): Promise<
  Pick<ImageFacts, 'archives' | 'application'>
> {
  const { application, user, layers } = await readStored(manifest, directory)
  const { command, directory: cwd, environment, stopSignal } = application
  return {
    archives: layers.map(({ path }) => ({ path, into: 'rootfs', layer: true })),
    application: { command, directory: cwd, ...user, environment, stopSignal },
  }
}

/** The digests of its layers; none for the image of a system. */
export async function layersOf(
  [, , directory]: StoredPaths,
  files: Pick<Files, 'list'>,
): Promise<readonly string[]> {
  return files.list(`${directory}/layers`)
}
