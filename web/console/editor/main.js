// The editor of the playground: CodeMirror, with what the compiler says about what stands there.
import { basicSetup, EditorView } from 'codemirror';
import { keymap } from '@codemirror/view';
import { indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';

const PAUSE_MS = 350;
const form = document.getElementById('playground');
// Colours come from the page, so that light and dark follow it; images in the style are forbidden there.
const look = EditorView.theme({
  '&': { fontSize: '13.5px', color: 'var(--ink)', backgroundColor: 'var(--paper)' },
  '.cm-scroller': { maxHeight: '34rem', fontFamily: 'var(--mono)' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--dim)', backgroundColor: 'var(--wash)', borderRight: '1px solid var(--rule)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--wash)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--rule) !important' },
  '.cm-tooltip': { color: 'var(--ink)', backgroundColor: 'var(--paper)', border: '1px solid var(--dim)' },
  '.cm-diagnostic': { whiteSpace: 'pre-line' },
  '.cm-lintRange': { backgroundImage: 'none !important', textDecoration: 'underline wavy var(--mark)', textUnderlineOffset: '.2em' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--bad)' },
  '.cm-lint-marker': { content: 'normal !important', width: '.6em', height: '.6em', margin: '.45em .2em', borderRadius: '50%', backgroundColor: 'var(--mark)' },
  '.cm-lint-marker-error': { backgroundColor: 'var(--bad)' },
});
const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.propertyName, tags.keyword], color: 'var(--link)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.punctuation, tags.meta, tags.brace, tags.squareBracket], color: 'var(--dim)' },
]));
const views = new Map();
let waiting;

async function check() {
  const sent = form.elements.playbook.value + form.elements.scene.value;
  const answer = await fetch(form.dataset.check, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok || sent !== form.elements.playbook.value + form.elements.scene.value) return;
  const { found } = await answer.json();
  for (const [name, view] of views) view.dispatch(setDiagnostics(view.state, found.filter((one) => one.field === name).map((one) => ({
    from: Math.min(one.start, view.state.doc.length),
    to: Math.min(one.end, view.state.doc.length),
    severity: one.severity,
    message: [`${one.code}: ${one.title}`, one.label, ...one.hints].filter(Boolean).join('\n'),
  }))));
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(check, PAUSE_MS);
}

for (const area of form.querySelectorAll('textarea[data-editor]')) {
  const place = document.createElement('div');
  place.className = 'editor';
  area.before(place);
  // In a shadow root the editor's style needs no `style` element, which the page forbids.
  const root = place.attachShadow({ mode: 'open' });
  const label = form.querySelector(`label[for="${area.id}"]`);
  const view = new EditorView({
    doc: area.value,
    root,
    parent: root,
    extensions: [
      basicSetup, keymap.of([indentWithTab]), yaml(), look, colours, lintGutter(),
      EditorView.contentAttributes.of({ 'aria-label': label.textContent, tabindex: '0' }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        area.value = update.state.doc.toString();
        soon();
      }),
    ],
  });
  views.set(area.name, view);
  label.addEventListener('click', (event) => { event.preventDefault(); view.focus(); });
  area.hidden = true;
}
form.addEventListener('input', soon);
check();
