import type { Helper } from '../../bindings/helper/native.ts'

/** The helper's archive verbs for those who must not start it before they need it. */
export function lateUnpacker(
  helper: () => Promise<Helper>,
): Pick<
  Helper,
  | 'unpack'
  | 'removeTree'
  | 'copyTree'
  | 'shiftTree'
  | 'canIdmapMount'
  | 'inspect'
  | 'readMembers'
  | 'pack'
> {
  return {
    unpack: async (...given) => (await helper()).unpack(...given),
    removeTree: async (...given) => (await helper()).removeTree(...given),
    copyTree: async (...given) => (await helper()).copyTree(...given),
    shiftTree: async (...given) => (await helper()).shiftTree(...given),
    canIdmapMount: async (...given) => (await helper()).canIdmapMount(...given),
    inspect: async (...given) => (await helper()).inspect(...given),
    readMembers: async (...given) => (await helper()).readMembers(...given),
    pack: async (...given) => (await helper()).pack(...given),
  }
}
