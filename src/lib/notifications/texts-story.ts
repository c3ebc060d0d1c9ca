/** The words of a run's story, line by line, in both languages. */

import type { Language } from './notification.ts';

export interface StoryTexts {
  toolFailed: string;
  background(what: readonly string[]): string;
  /** `status` is that of HTTP; `attempt` counts from 1. */
  limit(status: number | null, attempt: number | null): string;
  failed: string;
}

const all: Record<Language, StoryTexts> = {
  en: {
    toolFailed: 'that failed',
    background: (what) => `in the background: ${what.join(', ')}`,
    limit: (status, attempt) =>
      `the service answered ${status ?? 'with a limit'}${attempt ? `; attempt ${attempt}` : ''}`,
    failed: 'failed',
  },
  zh: {
    toolFailed: '这一步失败了',
    background: (what) => `后台运行：${what.join('、')}`,
    limit: (status, attempt) =>
      `服务返回${status === null ? '用量限制' : ` ${status}`}${attempt ? `；第 ${attempt} 次尝试` : ''}`,
    failed: '失败',
  },
};

export function storyTextsOf(language: Language): StoryTexts {
  return all[language];
}
