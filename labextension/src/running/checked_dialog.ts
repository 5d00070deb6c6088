/** A dialog that is not accepted before what it asks is answered well. */

import { Dialog } from '@jupyterlab/apputils';

export interface ICheckedDialogOptions<T> extends Partial<Dialog.IOptions<T>> {
  /** Whether the answer will do; where not, it is the body's part to say why. */
  readonly isAcceptable: () => boolean;
}

export class CheckedDialog<T> extends Dialog<T> {
  constructor({ isAcceptable, ...options }: ICheckedDialogOptions<T>) {
    super(options);
    this.isAcceptable = isAcceptable;
    this.choices = options.buttons ?? [];
    this.standard = options.defaultButton ?? this.choices.length - 1;
  }

  override resolve(index?: number): void {
    if (!this.choices[index ?? this.standard]?.accept || this.isAcceptable()) {
      super.resolve(index);
    }
  }

  private readonly isAcceptable: () => boolean;
  private readonly choices: readonly Dialog.IButton[];
  private readonly standard: number;
}
