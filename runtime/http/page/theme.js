// Not a module: it runs before the first paint, so the page never flashes
// in the wrong theme.
(() => {
  const key = 'troupe-console-theme';
  const system = window.matchMedia('(prefers-color-scheme: dark)');

  function stored() {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function current() {
    return stored() ?? (system.matches ? 'dark' : 'light');
  }

  function show() {
    document.documentElement.dataset.theme = current();
    const button = document.getElementById('theme');
    if (!button) return;
    button.textContent =
      current() === 'dark' ? 'Light theme' : 'Dark theme';
  }

  function toggle() {
    try {
      localStorage.setItem(key, current() === 'dark' ? 'light' : 'dark');
    } catch {
      // Storage may be forbidden: the system's choice then stays.
    }
    show();
  }

  show();
  system.addEventListener('change', show);
  document.addEventListener('DOMContentLoaded', () => {
    show();
    document.getElementById('theme').addEventListener('click', toggle);
  });
})();
