/* global SwaggerUIBundle */

/** Swagger UI shows images, and knows nothing of PDFs: it gets the browser's own viewer for them. */
function pdfViewer(system) {
  const { createElement, useEffect, useState } = system.React;
  return function Pdf({ content }) {
    const [url, setUrl] = useState();
    useEffect(() => {
      const made = URL.createObjectURL(new Blob([content], { type: 'application/pdf' }));
      setUrl(made);
      return () => URL.revokeObjectURL(made);
    }, [content]);
    if (url === undefined) return null;
    return createElement(
      'div',
      null,
      createElement('a', { href: url, target: '_blank', rel: 'noopener' }, 'Open the PDF'),
      createElement('iframe', { className: 'pdf', src: url, title: 'The PDF' }),
    );
  };
}

function pdfPlugin(system) {
  const Pdf = pdfViewer(system);
  return {
    wrapComponents: {
      responseBody: (Original) => (props) =>
        system.React.createElement(
          props.contentType?.startsWith('application/pdf') && props.content instanceof Blob ? Pdf : Original,
          props,
        ),
    },
  };
}

/**
 * Leaves out what a reader does not need: HEAD, which is GET without the document, and the files of this page. The whole
 * description stays at /openapi.json.
 */
function forReaders({ paths, ...description }) {
  const shown = Object.entries(paths)
    .filter(([path]) => path !== '/docs/{file}')
    .map(([path, { head: _, ...operations }]) => [path, operations]);
  return { ...description, paths: Object.fromEntries(shown) };
}

const readersPlugin = {
  statePlugins: {
    spec: {
      wrapActions: { updateJsonSpec: (original) => (json) => original(json.paths ? forReaders(json) : json) },
    },
  },
};

SwaggerUIBundle({
  dom_id: '#docs',
  url: 'openapi.json',
  plugins: [pdfPlugin, readersPlugin],
  tryItOutEnabled: true,
  displayRequestDuration: true,
  // It would ask for the type that stands first, and an id says nothing about the type of its document.
  requestInterceptor: (request) => ({ ...request, headers: { ...request.headers, accept: '*/*' } }),
  // It would send the document elsewhere.
  validatorUrl: null,
});
