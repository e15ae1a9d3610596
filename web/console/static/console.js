// Keys for people who would rather not reach for the mouse. Pages work without this file.
'use strict';
const OFF = 'cuebook-keys-off';
const box = document.getElementById('keys-off');
box.checked = localStorage.getItem(OFF) === 'yes';
box.addEventListener('change', () => localStorage.setItem(OFF, box.checked ? 'yes' : 'no'));
let going = false;

const typing = (where) => where.closest('input, select, textarea, [contenteditable], .editor') !== null;

const step = (by) => {
  const links = [...document.querySelectorAll('.rows tbody tr a:first-of-type, .task a:first-of-type, .about summary')];
  const here = links.indexOf(document.activeElement);
  const next = links[Math.max(0, Math.min(links.length - 1, here + by))];
  if (next) next.focus();
};

document.addEventListener('keydown', (event) => {
  if (box.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (going) {
    going = false;
    const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (event.key === 'g') going = true;
  else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else if (event.key === '/') {
    const search = document.querySelector('input[type=search]');
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === '?') {
    const keys = document.getElementById('keys');
    keys.open = !keys.open;
    if (keys.open) keys.querySelector('summary').focus();
  }
});
