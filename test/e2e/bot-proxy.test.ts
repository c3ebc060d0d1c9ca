// The bot as it is installed, behind an HTTP proxy: the library for that is loaded by nobody else.

import { expect, it } from 'vitest';
import { type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { startHttpProxy } from '../support/http-proxy.ts';

it('hears and answers through the proxy alone', async () => {
  const oda: Somebody = { id: 711, name: 'Oda' };
  const [scene, proxy] = await Promise.all([startBotScene({ users: [oda] }), startHttpProxy()]);
  try {
    const bot = await scene.startBot({ env: { TELEGRAM_PROXY: proxy.url } });
    scene.says(oda, '/ping');
    await scene.hears('711', 'pong');
    await bot.stop();
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(scene.bot.url).host]));
  } finally {
    await scene.close();
    await proxy.close();
  }
});
