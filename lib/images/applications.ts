import type { Files } from '../core/ports.ts'
import type { ImageFacts } from './contract.ts'
import type { ImportFacts } from './import-plan.ts'
import { applicationProperties, readStored } from './sources/oci/stored.ts'
import type { StagedImage } from './store.ts'
import type { StoredPaths } from './stored-files.ts'

/** What an application's image is and says, before anything of it is believed. */
export async function inspectApplication(
  staged: StagedImage,
  directory: string,
): Promise<Pick<ImportFacts, 'metadata' | 'staged' | 'layers'>> {
  const { application, layers, sizeBytes } = await readStored(staged.metadataPath, directory)
  const { architecture, createdAt } = application
  return {
    staged: { ...staged, sizeBytes },
    metadata: {
      ...{ architecture, createdAt, expiresAt: undefined, templates: {} },
      properties: applicationProperties(application),
    },
    layers,
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
