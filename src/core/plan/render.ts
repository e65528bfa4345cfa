// The three forms of a plan, in one place for those who ask: text for people, Markdown for pull requests, JSON for scripts.
// Deliberately absent: colour (the caller paints), files and terminals.
export { type Paint, type TextOptions, renderText } from './render-text.ts';
export { MAX_MARKDOWN, renderMarkdown } from './render-markdown.ts';
export { renderJson } from './render-json.ts';
export { type RenderOptions, summaryLine } from './words.ts';
