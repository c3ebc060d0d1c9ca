// Builders for tests about people.

import type { Feature } from '../../../src/lib/users/features.ts';
import type { Person, QuotaLimits } from '../../../src/lib/users/record.ts';

export type PersonFields = Partial<Omit<Person, 'features' | 'quota'>> & {
  features?: Feature[];
  quota?: Partial<QuotaLimits>;
};

/** A known, enabled user without features and limits, in UTC. */
export function aPerson({ features = [], quota = {}, ...fields }: PersonFields = {}): Person {
  return {
    id: '5',
    name: 'User A',
    enabled: true,
    role: 'user',
    time_zone: 'UTC',
    language: null,
    ...fields,
    features: new Set(features),
    quota: { daily: null, cost_usd: null, tokens: null, concurrent: null, ...quota },
  };
}
