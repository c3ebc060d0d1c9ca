/** What chats are told, in Chinese. */

import { renderDuration } from '../format/duration.ts';
import type { Texts } from './texts.ts';

const units: Record<string, string> = { ms: '毫秒', s: '秒', min: '分钟', h: '小时', d: '天' };

/** `3 分钟 5 秒`: the same figures as in English. */
function renderChineseDuration(ms: number): string {
  return renderDuration(ms).replace(/[a-z]+/g, (unit) => units[unit] ?? unit);
}

export const chineseTexts: Texts = {
  buttons: { retry: '🔁 重试', log: '📜 日志', continue: '💬 继续', files: '📁 文件' },
  dash: ' — ',
  comma: '、',
  colon: '：',
  yolo: 'YOLO',
  outcomes: { completed: '已完成', failed: '失败', cancelled: '已停止', paused: '已暂停' },
  reasons: {
    agent: '智能体报告了错误',
    auth: '智能体尚未登录',
    budget: '预算已用完',
    conflict: '另一个任务正在使用它的会话',
    conversation: '要继续的会话不存在',
    disk: '磁盘已满',
    interrupted: '被中断',
    limit: '已达到用量上限',
    lost: '智能体消失了，没有人看到它如何结束',
    overloaded: '模型过载',
    spawn: '无法启动智能体',
    timeout: '运行时间过长',
    user: '应要求',
    workdir: '工作目录不存在',
  },
  advice: {
    agent: null,
    auth: '请在机器上登录智能体或检查密钥，然后重试。',
    budget: '重试会从中断处继续，预算与之前相同。',
    conflict: '等另一个任务结束后再重试。',
    conversation: '请不要接着它，重新提出。',
    disk: '请先腾出一些空间，然后重试。',
    interrupted: null,
    limit: '上限重置后再重试。',
    lost: null,
    overloaded: '过几分钟再重试。',
    spawn: '先看看缺少什么，然后重试。',
    timeout: '重试会从中断处继续。',
    user: null,
    workdir: '请重新建立该目录，然后重试。',
  },
  waiting: {
    slots: '所有位置都已占用',
    user_slots: '你同时运行的任务已达上限',
    fair_share: '最后一个位置留给其他人',
    conversation: '另一个任务正在使用这个会话',
    memory: '机器内存不足',
    tokens: '当前的 token 速率已用完',
    disk: '磁盘已满',
    hold: '已搁置，等待有人启动',
    approval: '等待你的答复',
    limit: '已达到用量上限',
  },
  resumesIn: (ms) => `${renderChineseDuration(ms)}后继续`,
  notes: { background_ended: '后台工作当时仍在运行，已被结束。' },
  next: { logs: '日志', retry: '重试', resume: '继续', doctor: '检查' },
  queued: (position) =>
    position === null ? '排队中' : position <= 1 ? '排队中，下一个就是它' : `排队中，第 ${position} 位`,
  working: '工作中',
  seeBelow: '见下方',
  toldHere: '答复发送途中连接断开。如果这里没有看到答复，请输入',
  notTaken: 'Telegram 没有接受这条答复。要查看它，请输入',
  maybeRepeat: '这条消息可能已经发过：第一次发送时连接断开。',
  wholeInFile: '完整答复见下方文件。',
  wholeAnswer: '完整答复',
  noAnswer: '已结束，但没有答复。',
  soFar: '阶段结果',
  stillRunning: '后台仍在运行',
  changedFiles: (count) => `${count} 个文件有改动`,
  andMore: (count) => `另有 ${count} 个`,
  tokens: (input, output) => `输入 ${input}，输出 ${output}`,
  duration: renderChineseDuration,
  hand: { Stop: '已完成', StopFailure: '失败了', Notification: '需要你' },
  manyTasks: (running, others) =>
    others === 0 ? `${running} 个任务进行中` : `${running} 个任务进行中，${others} 个等待中`,
  allDone: '这些任务都已结束，见下方。',
};
