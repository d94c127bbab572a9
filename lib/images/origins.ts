import {
  ARCHITECTURES,
  INSTANCE_TYPES,
  type Row,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import type { ImageOrigin, SourceProtocol } from './sources/contract.ts'

/** LXD's numbers; the last is one of its own. */
const PROTOCOLS: Readonly<Record<SourceProtocol, number>> = {
  lxd: 0,
  direct: 1,
  simplestreams: 2,
  oci: 16,
}

/** Columns of `images_source s` beside those of an image. */
export const ORIGIN_COLUMNS =
  's.server AS origin_server, s.protocol AS origin_protocol, s.alias AS origin_alias, s.certificate AS origin_certificate'

export async function insertOrigin(
  inside: Pick<Statements, 'run'>,
  image: number,
  { server, protocol, alias, certificate }: ImageOrigin,
): Promise<void> {
  await inside.run(
    'INSERT INTO images_source (image_id, server, protocol, certificate, alias) VALUES (?, ?, ?, ?, ?)',
    [image, server, PROTOCOLS[protocol], certificate, alias],
  )
}

/** Undefined for an image that has none, and for one of a protocol that is not known here. */
export function originOf(row: Row): ImageOrigin | undefined {
  const protocol = wordOf(PROTOCOLS, row.origin_protocol)
  if (protocol === undefined || typeof row.origin_server !== 'string') return undefined
  return {
    protocol,
    server: row.origin_server,
    alias: String(row.origin_alias ?? ''),
    certificate: String(row.origin_certificate ?? ''),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
  }
}

/** A condition for the images of a project that came from there. */
export function fromThere(
  project: string,
  architecture: string,
  { server, protocol, alias, type }: ImageOrigin,
): readonly [where: string, params: readonly (string | number)[]] {
  return [
    'projects.name = ? AND images.architecture = ? AND images.type = ? AND s.server = ? AND s.protocol = ? AND s.alias = ?',
    [project, numberOf(architecture), INSTANCE_TYPES[type], server, PROTOCOLS[protocol], alias],
  ]
}

/** The number of an architecture in the tables; 0 for one that is not known. */
export function numberOf(architecture: string): number {
  return Object.entries(ARCHITECTURES).find(([name]) => name === architecture)?.[1] ?? 0
}
