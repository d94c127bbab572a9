import type { Step } from '../core/journal.ts'
import { instanceFilesOf } from './files.ts'
import type { ContainerNatives } from './lxc/runtime.ts'
import type { Rooms } from './rooms.ts'
import type { FullStartPlan } from './start-plan.ts'
import { applyTemplates } from './templates/apply.ts'
import type { Reading } from './templates/image-files.ts'

export interface TemplateStepDeps {
  readonly rooms: Pick<Rooms, 'storage' | 'images'>
  readonly natives: ContainerNatives
  readonly confined: Reading
}

/**
 * What templates have written stays when the start fails: they are written again by the next one, because what they were triggered by
 * stays recorded until an instance runs.
 */
export function templateStep(
  { pool, volume, templates }: Pick<FullStartPlan, 'pool' | 'volume' | 'templates'>,
  { rooms, natives, confined }: TemplateStepDeps,
): Step {
  return {
    name: 'apply the templates of the image',
    run: async () => {
      const at = await (await rooms.storage.volumes(pool)).attach(volume)
      if (at.kind !== 'path') return
      const { owners, ...work } = templates
      const root = { path: `${at.path}/rootfs`, ...(owners.length > 0 && { idmap: owners }) }
      const files = instanceFilesOf({
        helper: natives.helper,
        linux: natives.linux(),
        root: async () => root,
      })
      await applyTemplates(work, { volume: at.path, files, confined, images: rooms.images })
    },
  }
}
