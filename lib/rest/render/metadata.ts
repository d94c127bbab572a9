import { z } from 'zod'
import type { ImageMetadata } from '../../images/contract.ts'
import { config, flag, optional, orElse, text } from '../schemas.ts'

const template = z.object({
  create_only: flag,
  properties: orElse(config, {}),
  template: text,
  when: orElse(z.array(z.string()), []),
})

/** LXD's ImageMetadata, as a client sends it. */
export const imageMetadata = z.object({
  architecture: optional(z.string()),
  creation_date: optional(z.number().int()),
  expiry_date: optional(z.number().int()),
  properties: optional(config),
  templates: optional(z.record(z.string(), template)),
})

type Wire = z.output<typeof imageMetadata>

export function metadataWire(metadata: ImageMetadata): Required<Wire> {
  const { architecture, createdAt, expiresAt, properties, templates } = metadata
  return {
    architecture,
    creation_date: seconds(createdAt),
    expiry_date: expiresAt ? seconds(expiresAt) : 0,
    properties,
    templates: Object.fromEntries(
      Object.entries(templates).map(([path, { createOnly, when, ...rest }]) => [
        path,
        { when: [...when], create_only: createOnly, ...rest },
      ]),
    ),
  }
}

/** The room says what of it cannot be. */
export function metadataFrom(wire: Wire): ImageMetadata {
  return {
    architecture: wire.architecture ?? '',
    createdAt: new Date((wire.creation_date ?? 0) * 1000),
    expiresAt: wire.expiry_date ? new Date(wire.expiry_date * 1000) : undefined,
    properties: wire.properties ?? {},
    templates: Object.fromEntries(
      Object.entries(wire.templates ?? {}).map(([path, { create_only: createOnly, ...rest }]) => [
        path,
        { createOnly, ...rest },
      ]),
    ),
  }
}

/** Properties and templates are added or replaced one by one. */
export function patchedMetadata(current: Required<Wire>, change: Wire): Wire {
  return {
    architecture: change.architecture ?? current.architecture,
    creation_date: change.creation_date ?? current.creation_date,
    expiry_date: change.expiry_date ?? current.expiry_date,
    properties: { ...current.properties, ...change.properties },
    templates: { ...current.templates, ...change.templates },
  }
}

function seconds(time: Date): number {
  return Math.trunc(time.getTime() / 1000)
}
