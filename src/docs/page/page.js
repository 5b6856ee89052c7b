/* global SwaggerUIBundle */

/** A Swagger UI plugin for PDFs, which it does not support: shows them in the viewer of the browser. */
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
 * Leaves out what readers do not need: HEAD, which is GET without the document, and the files of this page. The whole
 * description is at /openapi.json.
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
  // The default requests the first media type, but a document may have another.
  requestInterceptor: (request) => ({ ...request, headers: { ...request.headers, accept: '*/*' } }),
  // The default would send the description to another service.
  validatorUrl: null,
});
