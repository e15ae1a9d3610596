// The editor of the playground: CodeMirror, with what the compiler says about what stands there.
import { basicSetup, EditorView } from 'codemirror';
import { keymap } from '@codemirror/view';
import { indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { oneDark } from '@codemirror/theme-one-dark';

const PAUSE_MS = 350;
const form = document.getElementById('playground');
const dark = matchMedia('(prefers-color-scheme: dark)').matches ? oneDark : [];
const look = EditorView.theme({ '&': { fontSize: '13.5px' }, '.cm-scroller': { maxHeight: '34rem' } });
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
      basicSetup, keymap.of([indentWithTab]), yaml(), dark, look, lintGutter(),
      EditorView.contentAttributes.of({ 'aria-label': label.textContent }),
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
