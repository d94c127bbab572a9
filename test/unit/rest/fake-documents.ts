import type { Instance } from '../../../lib/host/contract.ts'
import { parseMetadata, writeMetadata } from '../../../lib/images/index.ts'
import { missing } from './fake-rooms.ts'

/** Of an image that says little, with templates in memory. */
export function fakeDocuments(): Pick<Instance, 'metadata' | 'templates'> {
  let document = 'architecture: x86_64\ncreation_date: 1700000000\nproperties: {os: busybox}\n'
  const texts = new Map([['hostname.tpl', '{{ instance.name }}\n']])
  const known = (name: string): string => {
    const text = texts.get(name)
    if (text === undefined) throw missing('Template')
    return text
  }
  return {
    metadata: {
      read: () => parseMetadata(document),
      write: async (next) => {
        const text = await writeMetadata(next)
        await parseMetadata(text)
        document = text
      },
    },
    templates: {
      list: async () => [...texts.keys()].sort(),
      read: async (name) => known(name),
      write: async (name, text) => void texts.set(name, text),
      delete: async (name) => {
        known(name)
        texts.delete(name)
      },
    },
  }
}
