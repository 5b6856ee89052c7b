/**
 * Metrics of Argo CD 3.5 and of Image Updater 1.3, with the start of the selector for this service. From their
 * sources: controller/metrics/metrics.go of Argo CD, pkg/metrics/metrics.go of Image Updater, and for
 * controller_runtime_* pkg/internal/controller/metrics of controller-runtime 0.24.
 */
export const OF_DELIVERY: ReadonlyMap<string, string> = new Map([
  ['argocd_app_info', 'project='],
  ['argocd_image_updater_images_errors_total', 'image_updater_cr_name="document-gateway"'],
  ['argocd_image_updater_images_watched_total', 'image_updater_cr_name="document-gateway"'],
  ['controller_runtime_reconcile_total', 'controller="imageupdater"'],
]);
