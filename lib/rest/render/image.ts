import type { ImageAlias, ImageOrigin, ImageRecord } from '../../images/contract.ts'
import { EPOCH, wireTime } from '../urls.ts'

export function imageWire(record: ImageRecord): Readonly<Record<string, unknown>> {
  return {
    auto_update: record.autoUpdate,
    properties: record.properties,
    public: record.public,
    expires_at: wireTime(record.expiresAt, EPOCH),
    profiles: record.profiles ?? ['default'],
    aliases: record.aliases,
    architecture: record.architecture,
    cached: record.cached,
    filename: record.filename,
    fingerprint: record.fingerprint,
    size: record.sizeBytes,
    type: record.type,
    created_at: wireTime(record.createdAt, EPOCH),
    last_used_at: wireTime(record.lastUsedAt),
    uploaded_at: wireTime(record.uploadedAt),
    ...(record.origin && { update_source: originWire(record.origin) }),
  }
}

function originWire({ server, protocol, alias, certificate, type }: ImageOrigin) {
  return { server, protocol, alias, certificate, image_type: type }
}

export function editableImage(record: ImageRecord): unknown {
  return [record.public, record.autoUpdate, record.properties, record.profiles, record.expiresAt]
}

export function aliasWire(alias: ImageAlias): Readonly<Record<string, unknown>> {
  const { description, target, name, type } = alias
  return { description, target, name, type }
}

export function editableAlias({ target, description }: ImageAlias): unknown {
  return [target, description]
}
