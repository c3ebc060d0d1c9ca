/** Makes the line that tells admins what is wrong with the installation, or that it is over. */

import { cutText, oneLine } from '../format/text.ts';
import type { AlertNotification, Language } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { RichBuilder } from './rich.ts';
import { alertTexts } from './texts-alerts.ts';

export function renderAlert({ code, subject, amount, is_over }: AlertNotification, language: Language): Rendered {
  const text = alertTexts[language][code];
  const name = cutText(oneLine(subject ?? ''), 80);
  const line = is_over ? `✅ ${text.over(name)}` : `⚠️ ${text.raised(name, amount)}`;
  return { messages: [renderRich(new RichBuilder().write(line).build())], document: null };
}
