import type { InstanceMetadata, InstanceTemplates } from '../instances/contract.ts'
import type { Tell } from './told.ts'

/** The same metadata, told of when it is read or replaced. */
export function toldMetadata(metadata: InstanceMetadata, tell: Tell): InstanceMetadata {
  const part = ['metadata']
  return {
    read: async () => {
      const found = await metadata.read()
      tell({ action: 'instance-metadata-retrieved', part })
      return found
    },
    write: async (next) => {
      await metadata.write(next)
      tell({ action: 'instance-metadata-updated', part })
    },
  }
}

/** The same templates, told of each that is read, written or deleted. */
export function toldTemplates(templates: InstanceTemplates, tell: Tell): InstanceTemplates {
  const part = ['metadata', 'templates']
  return {
    ...templates,
    read: async (path) => {
      const text = await templates.read(path)
      tell({ action: 'instance-metadata-template-retrieved', part, context: { path } })
      return text
    },
    write: async (path, text) => {
      await templates.write(path, text)
      tell({ action: 'instance-metadata-template-created', part, context: { path } })
    },
    delete: async (path) => {
      await templates.delete(path)
      tell({ action: 'instance-metadata-template-deleted', part, context: { path } })
    },
  }
}
