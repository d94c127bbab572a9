import type { WarningRecord } from '../../warnings/contract.ts'
import { wireTime } from '../urls.ts'

export function warningWire(record: WarningRecord): Readonly<Record<string, unknown>> {
  return {
    status: record.status,
    uuid: record.uuid,
    location: 'none',
    project: record.project,
    type: record.type,
    count: record.count,
    first_seen_at: wireTime(record.firstSeenAt),
    last_seen_at: wireTime(record.lastSeenAt),
    last_message: record.message,
    severity: record.severity,
    entity_url: record.entityUrl,
  }
}
