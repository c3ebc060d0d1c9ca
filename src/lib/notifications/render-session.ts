/** Makes the one line that tells what became of a session's agent. */

import { textsOf } from './languages.ts';
import type { Language, SessionNotification } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { writeHead } from './render-parts.ts';
import { RichBuilder } from './rich.ts';

const signs: Record<SessionNotification['code'], string> = {
  stuck: '🩹',
  dead: '🩹',
  fresh: '🌱',
  idle: '💤',
  takeover: '🔀',
};

export function renderSession(told: SessionNotification, language: Language): Rendered {
  const builder = new RichBuilder();
  const about = { task_name: told.session_name, yolo: told.yolo };
  writeHead(builder, signs[told.code], about, textsOf(language).sessions[told.code], language);
  return { messages: [renderRich(builder.build())], document: null };
}
